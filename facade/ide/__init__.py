"""The GraphQL IDE: somebody else's program, which is fetched once, checked, and served from here to browsers.

It is Altair (https://altairgraphql.dev, MIT), in the archive that its authors publish on npm, which is ready to be
served, workers and fonts included; GraphiQL's has to be built first. Nothing of it is part of the facade.
"""
