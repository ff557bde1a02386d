"""The official Python Rooms SDK, both flavours: rooms, their time and their participants, pages, and refusals."""

from datetime import datetime, timedelta, timezone

import pytest
from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from azure.communication.rooms import ParticipantRole, RoomParticipant
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from conftest import refusal, settled

FOREIGN = "8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002"


@pytest.fixture()
def client(info, flavour):
    return flavour.keep(flavour.module("rooms").RoomsClient.from_connection_string(info["connection_string"]))


@pytest.fixture()
def users(info):
    identities = CommunicationIdentityClient.from_connection_string(info["connection_string"])
    return lambda count: [identities.create_user() for _ in range(count)]


def in_days(days):
    return datetime.now(timezone.utc) + timedelta(days=days)


def moment(value):
    """The newest package hands times on as text."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def days(room):
    return (moment(room.valid_until) - moment(room.valid_from)) / timedelta(days=1)


async def people(client, room):
    listed = await settled(client.list_participants(room.id))
    return {one.communication_identifier.raw_id: one.role for one in listed}


async def gone(action, status):
    error = await refusal(action)
    assert isinstance(error, HttpResponseError), error
    assert error.status_code == status, error


# [B2][N3]
async def test_a_room_opens_now_for_180_days(client):
    room = await settled(client.create_room())
    assert room.id.isdigit() and len(room.id) in (16, 17)
    assert abs(moment(room.created_at) - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert days(room) == 180
    assert room.pstn_dial_out_enabled is False
    assert (await settled(client.get_room(room.id))).valid_until == room.valid_until


# [B2][N3]
async def test_a_room_is_made_with_what_is_said(client, users):
    ana, bo = users(2)
    participants = [RoomParticipant(communication_identifier=ana, role=ParticipantRole.PRESENTER), RoomParticipant(communication_identifier=bo)]
    made = client.create_room(valid_from=in_days(3), valid_until=in_days(4), pstn_dial_out_enabled=True, participants=participants)
    room = await settled(made)
    assert round(days(room), 3) == 1
    assert room.pstn_dial_out_enabled is True
    assert await people(client, room) == {ana.raw_id: "Presenter", bo.raw_id: "Attendee"}


# [B2][N3]
async def test_a_change_keeps_what_it_does_not_name(client):
    room = await settled(client.create_room())
    same = await settled(client.update_room(room_id=room.id))
    assert (same.valid_from, same.valid_until, same.pstn_dial_out_enabled) == (room.valid_from, room.valid_until, False)
    shorter = await settled(client.update_room(room_id=room.id, valid_until=in_days(30)))
    assert shorter.valid_from == room.valid_from and moment(shorter.valid_until) < moment(room.valid_until)
    opened = await settled(client.update_room(room_id=room.id, pstn_dial_out_enabled=True))
    assert opened.pstn_dial_out_enabled is True and opened.valid_until == shorter.valid_until


# [B2][N3]
async def test_a_deleted_room_is_gone(client, users):
    room = await settled(client.create_room())
    await settled(client.delete_room(room.id))
    [ana] = users(1)
    for action in (
        lambda: client.get_room(room.id),
        lambda: client.update_room(room_id=room.id, valid_until=in_days(1)),
        lambda: client.delete_room(room.id),
        lambda: client.list_participants(room.id),
        lambda: client.add_or_update_participants(room_id=room.id, participants=[RoomParticipant(communication_identifier=ana)]),
    ):
        assert isinstance(await refusal(action), ResourceNotFoundError)


# [B2][N3]
async def test_participants_are_added_changed_and_removed(client, users):
    ana, bo, cy = users(3)
    room = await settled(client.create_room(participants=[RoomParticipant(communication_identifier=ana, role="Presenter")]))
    changes = [
        RoomParticipant(communication_identifier=ana, role="Consumer"),
        RoomParticipant(communication_identifier=bo, role="Collaborator"),
        RoomParticipant(communication_identifier=cy),
    ]
    await settled(client.add_or_update_participants(room_id=room.id, participants=changes))
    assert await people(client, room) == {ana.raw_id: "Consumer", bo.raw_id: "Collaborator", cy.raw_id: "Attendee"}
    await settled(client.remove_participants(room_id=room.id, participants=[ana, cy]))
    assert await people(client, room) == {bo.raw_id: "Collaborator"}
    await settled(client.remove_participants(room_id=room.id, participants=[ana]))
    assert list(await people(client, room)) == [bo.raw_id]


# [B2][N3] The package asks for each further page with a version of its own making.
async def test_rooms_come_newest_first_in_pages(client):
    made = [(await settled(client.create_room())).id for _ in range(103)]
    made.reverse()
    pages = []
    by_page = client.list_rooms().by_page()
    while sum(map(len, pages)) < len(made):
        page = await by_page.__anext__() if hasattr(by_page, "__anext__") else next(by_page)
        pages.append([room.id for room in await settled(page)])
    assert len(pages) >= 2
    assert sum(pages, [])[: len(made)] == made
    listed = [room.id for room in await settled(client.list_rooms())]
    assert listed[: len(made)] == made


# [B2][N3]
async def test_participants_come_in_pages(client, users):
    invited = users(103)
    participants = [RoomParticipant(communication_identifier=one, role="Consumer") for one in invited]
    room = await settled(client.create_room(participants=participants))
    pages = client.list_participants(room.id).by_page()
    pages = [page async for page in pages] if hasattr(pages, "__aiter__") else list(pages)
    listed = [one.communication_identifier.raw_id for page in pages for one in await settled(page)]
    assert sorted(listed) == sorted(one.raw_id for one in invited)
    assert len(await people(client, room)) == 103


# [B2][N3]
async def test_endpoint_and_key(info, flavour, client):
    endpoint, _, key = info["connection_string"].partition(";accesskey=")
    other = flavour.module("rooms").RoomsClient(endpoint.removeprefix("endpoint="), AzureKeyCredential(key))
    room = await settled(client.create_room())
    assert (await settled(other.get_room(room.id))).id == room.id
    await settled(other.close()) if hasattr(other, "close") else None
    assert room.id


# [B1]
async def test_another_key_is_denied(info, flavour):
    endpoint = info["connection_string"].partition(";accesskey=")[0]
    rooms = flavour.module("rooms").RoomsClient
    stranger = flavour.keep(rooms.from_connection_string(f"{endpoint};accesskey=" + "B" * 86 + "=="))
    for action in (stranger.create_room, stranger.list_rooms, lambda: stranger.get_room("99199690362660524")):
        error = await refusal(action)
        assert isinstance(error, ClientAuthenticationError) and error.status_code == 401


# [N3]
async def test_times_that_cannot_be(client):
    room = await settled(client.create_room())
    for times in (
        {"valid_until": in_days(-1)},
        {"valid_from": in_days(-8), "valid_until": in_days(-4)},
        {"valid_from": in_days(2), "valid_until": in_days(1)},
        {"valid_from": in_days(1), "valid_until": in_days(200)},
    ):
        await gone(lambda: client.create_room(**times), 400)
        await gone(lambda: client.update_room(room_id=room.id, **times), 400)


# [N3]
async def test_ids_roles_and_participants_that_cannot_be(client, users):
    room = await settled(client.create_room())
    await gone(lambda: client.get_room("invalid_id"), 400)
    await gone(lambda: client.get_room("99000000000000000"), 404)
    [ana] = users(1)
    for who, role in ((ana, "Kafka"), (CommunicationUserIdentifier("wrong_mri"), "Attendee"), (CommunicationUserIdentifier(FOREIGN), "Attendee")):
        participants = [RoomParticipant(communication_identifier=who, role=role)]
        await gone(lambda: client.create_room(participants=participants), 400)
        await gone(lambda: client.add_or_update_participants(room_id=room.id, participants=participants), 400)
    await gone(lambda: client.remove_participants(room_id=room.id, participants=[CommunicationUserIdentifier("wrong_mri")]), 400)
    assert await people(client, room) == {}
