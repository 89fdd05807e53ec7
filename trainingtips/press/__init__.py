"""From a figure script to a published page, in seven rooms; imports run from later to earlier ones.

`base` → `kept` → `building` → `checking` → `content` → `pages` → `publishing` → `cli`. Each
room's docstring says what it is for, what comes in and what goes out; a test keeps the direction.
"""

ROOMS = ("base", "kept", "building", "checking", "content", "pages", "publishing", "cli")
