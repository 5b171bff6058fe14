"""What the file of a setting holds."""

from pathlib import Path

from facade.errors import ConfigError


def text(setting: str, file: str) -> str:
    """What the file of a setting holds. ConfigError, without the content, if it cannot be read."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{setting}: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{setting}: {file} is not in UTF-8") from None
