"""Do the tests bite? Small faults are put into the code, one at a time; a test should notice.

`mutmut` makes the faults and runs the tests that reach each; `changes` names them, so that a sample
and a written reason outlive edits elsewhere; `report` keeps what came out. `make mutants`.
"""
