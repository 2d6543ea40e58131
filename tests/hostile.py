"""What a stranger may type to be more than text: markup, templates, formulas, characters that turn or hide others.

Each is one line, so that it can stand in every field that takes any text. Whatever runs calls ``pwned``; nothing here
does harm, and every name is an example's.
"""

from __future__ import annotations

MARKUP = (
    "<script>pwned()</script>",
    "</script><script>pwned()</script>",
    '"><img src=x onerror=pwned()>',
    "'><svg/onload=pwned()>",
    "</textarea><script>pwned()</script>",
    "</title></head><body onload=pwned()>",
    "<!--<img src='--><img src=x onerror=pwned()>'>",
    '" autofocus onfocus=pwned() x="',
    "' onmouseover='pwned()' style='position:fixed;inset:0",
    "<a href='javascript:pwned()'>x</a> javascript:pwned()",
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'>",
    "<base href=https://elsewhere.example/><form action=/x><button>x",
    "<style>*{display:none}</style><link rel=stylesheet href=https://elsewhere.example/x.css>",
    "<div hx-get='https://elsewhere.example/' hx-trigger=load hx-on:load='pwned()'>",
    "&lt;script&gt;pwned()&lt;/script&gt; &#60;script&#62; %3Cscript%3E \\u003cscript\\u003e",
    "<math><mi//xlink:href='data:x,<script>pwned()</script>'>",
    "]]><script>pwned()</script><![CDATA[",
)
TEMPLATES = ("{{ 7|add:7 }} {% debug %} ${7*7} <%= 7*7 %> #{7*7} %(party)s {0} %s%n",)
FORMULAS = (
    '=HYPERLINK("https://elsewhere.example/","x")',
    "=cmd|' /C x'!A0",
    "+1+1",
    "-1-1",
    "@SUM(1,1)",
    "\uff1d1+1",
    "'=1+1",
)
TURNING = (
    "safe \u202etxt.exe\u202c \u2066x\u2069 \u200f\u061c",
    "zero\u200b width\u2060 and\ufeff mark",
    "tag \U000e0041\U000e007f and Z\u0351\u0352\u0353algo",
)
CORPUS = (*MARKUP, *TEMPLATES, *FORMULAS, *TURNING)
"""All of it."""
