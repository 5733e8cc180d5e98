"""Names on the server: the index in use behind a reading and a writing alias, a fresh one behind a third.

`motlan-000002` is an index; `motlan` and `motlan-write` stand for the one in use, `motlan-fresh` for one being filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Literal

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from schemas.errors import IndexAway, IndexUnusable
from search.elastic_query import MAPPING, SCHEMA_VERSION

READ: Final = "read"
WRITE: Final = "write"
FRESH: Final = "fresh"
Alias = Literal["read", "write", "fresh"]

_SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",  # a second copy as soon as there is a second node
}
_WHILE_FILLING = {"refresh_interval": "-1"}
_MOST_TRIES = 20


class Names:
    """What the indexes of one archive are called, and which of them is in use; `key` tells blind indexes apart."""

    def __init__(self, name: str, key: str) -> None:
        self._name, self._key = name, key

    def __getitem__(self, alias: Alias) -> str:
        return self._name if alias == READ else f"{self._name}-{alias}"

    # --- the index in use

    def check(self, client: Elasticsearch) -> None:
        """Make the first index when there is none at all. Raises IndexUnusable when the one there is of no use."""
        found = self._aliased(client, READ, WRITE)
        if not found:
            found = self._first(client)
        if len(found) != 1:
            raise IndexUnusable(detail="its aliases name several indexes")
        [facts] = found.values()
        if not {self[READ], self[WRITE]} <= facts["aliases"].keys():
            raise IndexUnusable(detail="its aliases are incomplete")
        meta = facts["mappings"].get("_meta", {})
        if meta.get("schema") != SCHEMA_VERSION:
            raise IndexUnusable(detail="made by another version")
        if meta.get("key") != self._key:
            raise IndexUnusable(detail="made with another blind-index key")

    def used(self, client: Elasticsearch) -> list[str]:
        """Whatever stands behind the two aliases, or bears their name."""
        return sorted(self._aliased(client, READ, WRITE))

    def last_change(self, client: Elasticsearch) -> tuple[str, int]:
        """The index in use and the number of a change that every later put lies above, whatever its shard."""
        [index] = self.used(client)
        shards = client.indices.stats(index=index, level="shards")["indices"][index]["shards"]
        last = [copy["seq_no"]["max_seq_no"] for copies in shards.values() for copy in copies]
        return index, min(last, default=-1)

    def blocks(self, client: Elasticsearch) -> str:
        """Which blocks lie on the index in use; "" for none."""
        answer = client.indices.get_settings(index=self[WRITE], name="index.blocks.*", flat_settings=True)
        blocks = (name for facts in answer.values() for name, value in facts["settings"].items() if value == "true")
        return ", ".join(sorted(blocks))

    def _aliased(self, client: Elasticsearch, *aliases: Alias) -> Mapping[str, Any]:
        names = [self[alias] for alias in aliases]
        return dict(client.indices.get(index=names, ignore_unavailable=True, features=["aliases", "mappings"]).body)

    def _first(self, client: Elasticsearch) -> Mapping[str, Any]:
        try:
            self._create(client, 1, READ, WRITE, settings=_SETTINGS)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
        found = self._aliased(client, READ, WRITE)
        if not found:
            raise IndexUnusable(detail="its aliases are lost")
        return found

    # --- the fresh one

    def create_fresh(self, client: Elasticsearch) -> str:
        """An empty index behind the alias for filling; any other that is not in use is a broken attempt, and goes."""
        mine = {self._number(name): name for name in client.indices.get(index=f"{self._name}-*", features=["aliases"])}
        left = {name for number, name in mine.items() if number} - set(self.used(client))
        number = max(mine, default=0)
        for _ in range(_MOST_TRIES):
            number += 1
            try:
                fresh = self._create(client, number, settings=_SETTINGS | _WHILE_FILLING)
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
                continue
            remove = [{"remove_index": {"index": name}} for name in sorted(left)]
            client.indices.update_aliases(actions=[*remove, {"add": {"index": fresh, "alias": self[FRESH]}}])
            return fresh
        raise IndexAway(detail="many rebuilds at once")

    def still_fresh(self, client: Elasticsearch, fresh: str) -> None:
        """Raises IndexAway when somebody else has begun to fill another."""
        if list(self._aliased(client, FRESH)) != [fresh]:
            raise IndexAway(detail="another rebuild has begun")

    def hold(self, client: Elasticsearch, old: list[str]) -> None:
        """From here on nothing is put into them; what was on its way is in."""
        for name in old:
            client.indices.add_block(index=name, block="write")

    def release(self, client: Elasticsearch, old: list[str]) -> None:
        for name in old:
            client.options(ignore_status=404).indices.put_settings(index=name, settings={"index.blocks.write": None})

    def use(self, client: Elasticsearch, fresh: str, old: list[str]) -> None:
        """Name the fresh index and remove the others, in one step."""
        client.indices.put_settings(index=fresh, settings=dict.fromkeys(_WHILE_FILLING))
        client.indices.refresh(index=fresh)
        client.indices.update_aliases(
            actions=[
                *({"remove_index": {"index": name}} for name in old),
                {"remove": {"index": fresh, "alias": self[FRESH]}},
                {"add": {"index": fresh, "alias": self[READ]}},
                {"add": {"index": fresh, "alias": self[WRITE], "is_write_index": True}},
            ]
        )

    def discard(self, client: Elasticsearch, fresh: str) -> None:
        """Remove it, unless it came into use after all (the answer to `use` was lost)."""
        with suppress(NotFoundError):
            actions = [{"remove": {"index": fresh, "alias": self[FRESH], "must_exist": True}}]
            client.indices.update_aliases(actions=actions)
            client.indices.delete(index=fresh)

    def _create(self, client: Elasticsearch, number: int, *aliases: Alias, settings: Mapping[str, Any]) -> str:
        index = f"{self._name}-{number:06}"
        client.indices.create(
            index=index,
            mappings=MAPPING | {"_meta": {"schema": SCHEMA_VERSION, "key": self._key}},
            settings=settings,
            aliases={self[alias]: {} for alias in aliases},
        )
        return index

    def _number(self, index: str) -> int:
        tail = index.removeprefix(f"{self._name}-")
        return int(tail) if tail.isdecimal() else 0
