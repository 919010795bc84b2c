"""How a store of any age becomes one of today: Alembic migrations, run when a store is opened, shipped in the package."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa

from caselens.core.errors import UsageError

#: The newest revision; a test holds it against the files in ``versions``.
HEAD = "0005"
#: Alembic keeps its context in a global.
_ONE_AT_A_TIME = threading.Lock()
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def revision(connection: sa.Connection) -> str:
    """The revision of the store behind ``connection``, empty for a new one or one from before there were migrations."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(sa.select(_VERSION.c.version_num)).scalar() or "")


def upgrade(connection: sa.Connection) -> None:
    """Bring the store behind ``connection`` (inside a transaction) to :data:`HEAD`; one of today is left alone.

    Raises:
        UsageError: a newer version of Caselens made the store.
    """
    found = revision(connection)
    if found == HEAD:
        return
    if found > HEAD:
        raise UsageError(
            f"the store was made by a newer version of Caselens (revision {found}, this one knows {HEAD}); update first "
            "数据库由更新版本创建，请先升级软件"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, HEAD)
