"""`python -m facade`."""

from facade.cli import main

raise SystemExit(main())
