"""The primary servers have what the rows say, whatever happened to them meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.dns import servers
from tests.dns.publishing import zone, zones
from tests.server.restrictions.ordering import APPROVER, LAWYER

from mufakat.formats import rpz
from mufakat.runners.primary import Primary
from mufakat.server.connectors.dns import comparing, configuration, parts
from mufakat.server.restrictions import publication, zoning
from mufakat.server.restrictions.models import Change, Zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dns.publishing import Publishing
    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.connectors.dns.holding import Holder

pytestmark = pytest.mark.fault

WEB, APP = "web.example.net", "app.example.net"


def row(list_: str = "terrorism") -> Zone:
    return Zone.objects.get(operator__handle="isp-a", list=list_)


def test_what_was_published_is_written_down_and_its_changes_are_forgotten(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    with servers.primary(zones("isp-a", "isp-b")) as primary:
        to = publishing(primary)
        ministry.published()
        to.run()
        assert primary.owners(zone()) == primary.owners(zone(operator="isp-b")) == {WEB, APP}
        assert primary.serial(zone()) == row().serial == row().published
        assert row().position > 0
        assert not Change.objects.exists()
        assert publication.waiting() == []


def test_a_change_is_sent_as_a_change(ministry: Ministry, publishing: Callable[..., Publishing]) -> None:
    with servers.primary(zones("isp-a", "isp-b")) as primary:
        to = publishing(primary)
        order = ministry.published()
        to.run()
        before = primary.log.count("AXFR")
        ministry.lift(order, WEB)
        to.run()
        assert primary.log.count("AXFR") == before
        assert primary.owners(zone()) == {APP}


def test_the_allow_list_lets_pass_what_is_protected(
    ministry: Ministry, publishing: Callable[..., Publishing], settings_of: Callable[..., None]
) -> None:
    settings_of(MUFAKAT_PROTECTED_NAMES=frozenset({"bank.example.org"}))
    with servers.network(zones("isp-a"), resolvers=["bind"]) as network:
        to = publishing(network.primary)
        ministry.published(operators=["isp-a"])
        to.run()
        assert network.primary.owners(zone(rpz.ALLOW)) == {"bank.example.org", "*.bank.example.org"}
        # Whatever another list of the operator says, this one comes first.
        network.primary.update(zone(), add=["bank.example.org"])
        resolver = network.resolvers["bind"]
        servers.until(lambda: resolver.is_closed(WEB), "the list is there", resolver)
        assert resolver.is_open("bank.example.org")


def test_what_somebody_else_wrote_is_put_right(ministry: Ministry, publishing: Callable[..., Publishing]) -> None:
    with servers.primary(zones("isp-a", "isp-b")) as primary:
        to = publishing(primary)
        order = ministry.published()
        to.run()
        assert primary.update(zone(), add=["innocent.example.org"], remove=[WEB]) == 0
        ministry.lift(order, APP)
        to.run()
        assert primary.owners(zone()) == {WEB}
        assert primary.serial(zone()) == row().serial == row().published


def test_a_server_that_was_restored_from_an_older_copy_is_put_right(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        order = ministry.published(operators=["isp-a"])
        to.run()
        ministry.lift(order, WEB)
        to.run()
        primary.kill()
        for path in primary.folder.glob("*.jnl"):
            path.unlink()
        text = "".join(rpz.write(zone(), 1, [WEB, "innocent.example.org"]))
        (primary.folder / f"{zone()}.db").write_text(text)
        primary.start()
        ministry.lift(order)
        to.until_there(primary, set())
        assert primary.serial(zone()) == row().serial == row().published


def test_a_server_whose_serial_is_ahead_is_followed_not_fought(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    ahead = 2_026_112_601
    with servers.primary(
        zones("isp-a"), files=lambda name: "".join(rpz.write(name, ahead, ["old.example"]))
    ) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a"])
        to.run()
        assert primary.owners(zone()) == {WEB, APP}
        assert primary.serial(zone()) == row().serial == row().published
        assert row().serial > ahead


def test_a_server_that_was_away_gets_what_it_missed(ministry: Ministry, publishing: Callable[..., Publishing]) -> None:
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        order = ministry.published(operators=["isp-a"])
        to.run()
        primary.kill()
        ministry.lift(order, WEB)
        to.run()
        assert publication.waiting() != []
        primary.start()
        to.until_there(primary, {APP})
        assert publication.waiting() == []


def test_a_list_that_the_server_does_not_hold_keeps_up_no_other(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    with servers.primary([zone(), zone(rpz.ALLOW)]) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a", "isp-b"])
        to.run()
        assert primary.owners(zone()) == {WEB, APP}
        assert {one.name for one in publication.waiting()} == {zone(rpz.ALLOW, "isp-b"), zone(operator="isp-b")}


def test_every_server_has_it_before_it_counts_as_published(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    with servers.primary(zones("isp-a")) as one, servers.primary(zones("isp-a"), key=one.key) as other:
        to = publishing(one, other)
        order = ministry.published(operators=["isp-a"])
        to.run()
        assert one.owners(zone()) == other.owners(zone()) == {WEB, APP}
        other.kill()
        ministry.lift(order, WEB)
        to.run()
        assert one.owners(zone()) == {APP}
        assert row().published < row().serial
        other.start()
        to.until_there(other, {APP})
        assert row().published == row().serial


def test_two_publishers_side_by_side_do_no_harm(ministry: Ministry, publishing: Callable[..., Publishing]) -> None:
    from mufakat.server.connectors.dns.publishing import Publisher

    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        order = ministry.published(operators=["isp-a"])
        to.run()
        late = Publisher(configuration.configured())
        late.share(at=ministry.at)
        (holder,) = late.holders
        stale = jobs_of(holder)
        ministry.lift(order, WEB)
        to.run()
        ministry.lift(order)
        stale()
        to.run()
        late.close()
        assert primary.owners(zone()) == set()
        assert primary.serial(zone()) == row().serial


def jobs_of(holder: Holder) -> Callable[[], None]:
    """A publisher that read its rows, and comes to send them when others have gone on."""
    from mufakat.server.connectors.dns.holding import Job

    (waiting,) = publication.zones([row().pk])
    return lambda: holder.bring([Job(waiting, publication.Changed((), (WEB,), whole=False, last=0))])


def test_thousands_of_names_go_in_several_updates(ministry: Ministry, publishing: Callable[..., Publishing]) -> None:
    many = [f"n{number}.example{number % 7}.net" for number in range(4_000)]
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a"])
        to.run()
        order = ministry.propose(names=many, operators=["isp-a"])["id"]
        for seat in (APPROVER, LAWYER):
            ministry.approve(order, by=seat, note="Each of them was looked at.")
        ministry.answer(order)
        ministry.work()
        to.run()
        assert primary.owners(zone()) == {WEB, APP, *many}
        assert primary.serial(zone()) == row().serial == row().published
        assert len(many) > zoning.STEP


def test_a_lifting_at_large_that_lands_during_a_comparison_opens_its_names(
    ministry: Ministry, publishing: Callable[..., Publishing], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mufakat.server.connectors.dns.publishing import Publisher

    monkeypatch.setattr(zoning, "MOST", 3)  # Two names of two operators are many.
    with servers.primary(zones("isp-a", "isp-b")) as primary:
        to = publishing(primary)
        order = ministry.published()
        lifted: list[str] = []

        def lift() -> bool:
            """It is asked once the lines were read, before they are sent."""
            if not lifted:
                lifted.append(order)
                ministry.lift(order)
            return False

        publisher = Publisher(configuration.configured())
        assert publisher._compare(row().pk, at=ministry.at, busy=lift) == 1
        publisher.close()
        assert (lifted, primary.owners(zone())) == ([order], {WEB, APP})
        to.run()
        assert primary.owners(zone()) == primary.owners(zone(operator="isp-b")) == set()
        assert publication.waiting() == []


def test_what_somebody_else_wrote_is_found_though_nothing_is_published(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a"])
        to.run()
        assert parts.compared(at=ministry.at) == (0, False)
        primary.update(zone(), remove=[WEB])
        assert parts.compared(at=ministry.at) == (1, False)
        to.run()
        assert primary.owners(zone()) == {WEB, APP}
        assert parts.compared(at=ministry.at) == (0, False)


def test_the_lines_are_compared_soon_after_a_start(
    ministry: Ministry, publishing: Callable[..., Publishing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "SOON", 0.0)
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a"])
        to.run()
        ministry.wait(days=61)  # Past its sunset, which nobody looked at yet.
        assert parts.compared(at=ministry.at).done == 1
        to.run()
        assert primary.owners(zone()) == set()


def test_once_a_day_the_lines_are_compared_again(
    ministry: Ministry, publishing: Callable[..., Publishing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "SOON", 0.0)
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a"])
        to.run()
        today, tomorrow = (comparing.Comparer(configuration.configured()) for _ in range(2))
        assert today.share(at=ministry.at).done == 0
        monkeypatch.setattr(comparing, "DAY", 0.0)
        assert tomorrow.share(at=ministry.at).done == 0
        ministry.wait(days=61)
        assert (today.share(at=ministry.at).done, tomorrow.share(at=ministry.at).done) == (0, 1)


def test_one_look_compares_a_share_of_the_zones_and_the_next_ones_the_others(
    ministry: Ministry, publishing: Callable[..., Publishing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "SOON", 0.0)
    monkeypatch.setattr(comparing, "SHARE", 0.0)  # One zone a look.
    with servers.primary(zones("isp-a", "isp-b")) as primary:
        to = publishing(primary)
        ministry.published()
        to.run()
        ministry.wait(days=61)
        done = [parts.compared(at=ministry.at).done for _ in zones("isp-a", "isp-b")]
        assert sorted(done) == [0, 0, 1, 1]


def test_a_zone_that_changes_while_it_is_compared_is_no_other(
    ministry: Ministry, publishing: Callable[..., Publishing]
) -> None:
    with servers.primary(zones("isp-a")) as primary:
        to = publishing(primary)
        order = ministry.published(operators=["isp-a"])
        to.run()
        (mine,) = (one for one in publication.zones() if not one.allows)
        ministry.lift(order, WEB)
        to.run()
        holder = Primary("127.0.0.1", primary.port, configuration.configured().key)
        assert comparing.differs(holder, mine, at=ministry.at) is None
        holder.close()
