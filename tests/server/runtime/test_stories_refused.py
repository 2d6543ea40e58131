from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mufakat.server.runtime import stories


def test_no_story_is_told_where_something_happened_already(house):
    with pytest.raises(stories.StoryError, match="empty"):
        stories.tell("story-2017", now=datetime.now(UTC))
