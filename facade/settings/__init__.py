"""The settings, by what they are about. `facade.config` puts them together and loads them."""
