"""The filter engine: what a platform's own policy says about one public item, and on what basis.

Pure. An item is folded (``fold``), what it points at is taken out (``extract``), banks are asked what they know of it
(``banks``), and a policy says what follows (``policy``). The verdict names the version of the policy, the rule, the
entries and the places in the original text: the whole basis of a statement of reasons. The page for people is
``docs/flows/screening.md``.
"""
