"""What Python runs at the start of each process that a test starts, where tests run with `--canaries`."""

from tests.catalogue.canary_process import begin

begin()
