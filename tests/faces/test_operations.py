"""Every operation, through both faces, against the sandbox."""
