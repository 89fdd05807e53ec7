"""From a figure script to a published page, in six rooms; imports run from later to earlier ones.

`base` → `kept` → `building` → `checking` → `pages` → `publishing` → `cli`, the command line. Each
room's docstring says what it is for, what comes in and what goes out; a test keeps the direction.
"""

ROOMS = ("base", "kept", "building", "checking", "pages", "publishing", "cli")
