"""graphql-core's executor, for requests with long lists in them."""

from collections.abc import Mapping
from typing import Any

from graphql import Executor, GraphQLError, GraphQLNonNull, GraphQLString

from facade.graphql.arguments import Converted

TEXTS = GraphQLNonNull(GraphQLString)


class ListsExecutor(Executor[Any]):
    """Takes lists that are converted already, and completes a list of texts in a moment instead of one by one."""

    @classmethod
    def build(cls, *args: Any, **more: Any) -> list[GraphQLError] | Executor[Any]:
        """The executor; the argument `lists` has the values of variables that were converted ahead, by their names."""
        lists: Mapping[str, Converted] = more.pop("lists")
        made = super().build(*args, **more)
        if not isinstance(made, list):
            made.variable_values.coerced.update(lists)
        return made

    def complete_list_value(self, return_type: Any, *where: Any) -> Any:
        """As graphql-core says, wherever it is not a list of texts that is one."""
        item, result = return_type.of_type, where[3]
        if isinstance(item, GraphQLNonNull) and item.of_type is GraphQLString and type(result) is list:  # noqa: SIM102
            if set(map(type, result)) <= {str}:
                return result
        return super().complete_list_value(return_type, *where)
