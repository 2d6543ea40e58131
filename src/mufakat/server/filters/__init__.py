"""The filters room: banks, policies, hits and notifications of a platform that screens its own public content."""
