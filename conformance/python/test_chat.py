"""The official Chat SDK, synchronous and asynchronous, method by method: threads, messages, participants, receipts and typing,
each with what the server answers to whoever may not."""

from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from azure.communication.chat import ChatMessageType, ChatParticipant, CommunicationUserIdentifier, identifier_from_raw_id
from azure.communication.identity import CommunicationIdentityClient
from conftest import refusal, settled


class People:
    """Identities with tokens, and their clients in one flavour."""

    def __init__(self, info, flavour):
        self.info = info
        self.flavour = flavour
        self.identity = CommunicationIdentityClient.from_connection_string(info["connection_string"])

    def person(self, scope="chat"):
        """`(user, token)` of a new identity."""
        user, token = self.identity.create_user_and_token([scope])
        return user, token.token

    def chat(self, person):
        """The person's client."""
        module = self.flavour.module("chat")
        credential = module.CommunicationTokenCredential(person[1])
        return self.flavour.keep(module.ChatClient(self.info["endpoint"], credential))

    def thread(self, person, thread_id):
        """The person's client of one thread."""
        return self.flavour.keep(self.chat(person).get_chat_thread_client(thread_id))

    async def started(self, maker, *others, topic="Knee"):
        """The id of a thread that one person made for some."""
        members = [ChatParticipant(identifier=user) for user, _ in others]
        made = await settled(self.chat(maker).create_chat_thread(topic, thread_participants=members))
        return made.chat_thread.id


@pytest.fixture()
async def people(info, flavour):
    return People(info, flavour)


async def statuses(*actions):
    """The status of each refusal."""
    return [(await refusal(action)).status_code for action in actions]


# [N2]
async def test_a_thread_is_made_with_who_made_it_and_who_is_in_it(people):
    anna, ben = people.person(), people.person()
    made = await settled(
        people.chat(anna).create_chat_thread("Knee", thread_participants=[ChatParticipant(identifier=ben[0], display_name="Ben")])
    )
    assert made.chat_thread.topic == "Knee"
    assert made.chat_thread.created_by.raw_id == anna[0].raw_id
    assert abs(made.chat_thread.created_on - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert not made.errors
    inside = await settled(people.thread(ben, made.chat_thread.id).list_participants())
    assert {one.identifier.raw_id: one.display_name for one in inside}[ben[0].raw_id] == "Ben"
    assert len(inside) == 2


# [N2]
async def test_the_same_idempotency_token_makes_one_thread(people):
    chat = people.chat(people.person())
    token = str(uuid4())
    first = await settled(chat.create_chat_thread("Once", idempotency_token=token))
    again = await settled(chat.create_chat_thread("Once", idempotency_token=token))
    other = await settled(chat.create_chat_thread("Once"))
    assert first.chat_thread.id == again.chat_thread.id != other.chat_thread.id


# [N2]
async def test_threads_are_made_by_the_right_scope_only(people):
    joiner = people.chat(people.person("chat.join"))
    assert await statuses(lambda: joiner.create_chat_thread("Mine")) == [403]


# [N2]
async def test_threads_are_listed_page_by_page(people):
    person = people.person()
    chat = people.chat(person)
    made = [await people.started(person, topic=topic) for topic in ("one", "two", "three")]
    listed = await settled(chat.list_chat_threads())
    assert sorted(thread.id for thread in listed) == sorted(made)
    assert {thread.topic for thread in listed} == {"one", "two", "three"}
    pages = [await settled(page) for page in await settled(chat.list_chat_threads(results_per_page=2).by_page())]
    assert [len(page) for page in pages] == [2, 1]
    later = datetime.now(timezone.utc) + timedelta(hours=1)
    assert await settled(chat.list_chat_threads(start_time=later)) == []
    stranger = people.chat((None, tampered(person[1])))
    assert await statuses(lambda: stranger.list_chat_threads(), lambda: stranger.list_chat_threads().by_page()) == [401, 401]


# [N2]
async def test_properties_and_topic(people):
    anna, ben, outsider = people.person(), people.person(), people.person()
    thread_id = await people.started(anna, ben, topic="Old")
    await settled(people.thread(ben, thread_id).update_topic("New"))
    properties = await settled(people.thread(anna, thread_id).get_properties())
    assert (properties.id, properties.topic, properties.created_by.raw_id) == (thread_id, "New", anna[0].raw_id)
    told = [one for one in await settled(people.thread(anna, thread_id).list_messages()) if one.type == ChatMessageType.TOPIC_UPDATED]
    assert {one.content.topic for one in told} == {"Old", "New"}
    stranger = people.thread(outsider, thread_id)
    assert await statuses(stranger.get_properties, lambda: stranger.update_topic("Mine")) == [403, 403]


# [N2]
async def test_a_deleted_thread_is_gone(people):
    anna, ben, outsider = people.person(), people.person(), people.person()
    thread_id = await people.started(anna, ben)
    assert await statuses(lambda: people.chat(outsider).delete_chat_thread(thread_id)) == [403]
    await settled(people.chat(anna).delete_chat_thread(thread_id))
    (left,) = await statuses(people.thread(ben, thread_id).get_properties)
    assert left in (403, 404)


# [N2]
async def test_messages_are_sent_and_read(people):
    anna, ben, outsider = people.person(), people.person(), people.person()
    thread_id = await people.started(anna, ben)
    sent = await settled(people.thread(anna, thread_id).send_message("How is the knee? 🦵", sender_display_name="Anna", metadata={"tone": "kind"}))
    read = await settled(people.thread(ben, thread_id).get_message(sent.id))
    assert (read.id, read.type, read.content.message) == (sent.id, ChatMessageType.TEXT, "How is the knee? 🦵")
    assert (read.sender_display_name, read.sender.raw_id, read.metadata) == ("Anna", anna[0].raw_id, {"tone": "kind"})
    html = await settled(people.thread(ben, thread_id).send_message("<b>better</b><script>x</script>", chat_message_type=ChatMessageType.HTML))
    shown = await settled(people.thread(anna, thread_id).get_message(html.id))
    assert "<b>better</b>" in shown.content.message and "script" not in shown.content.message
    stranger, mine = people.thread(outsider, thread_id), people.thread(anna, thread_id)
    assert await statuses(lambda: stranger.send_message("mine"), lambda: stranger.get_message(sent.id), lambda: mine.get_message("1")) == [403, 403, 404]


# [N2]
async def test_messages_are_listed_newest_first_page_by_page(people):
    anna, outsider = people.person(), people.person()
    thread_id = await people.started(anna)
    thread = people.thread(anna, thread_id)
    sent = [(await settled(thread.send_message(str(number)))).id for number in range(7)]
    listed = await settled(thread.list_messages())
    assert [one.id for one in listed if one.type == ChatMessageType.TEXT] == sent[::-1]
    pages = [await settled(page) for page in await settled(thread.list_messages(results_per_page=3).by_page())]
    assert len(pages) >= 3 and all(len(page) <= 3 for page in pages)
    assert [one.id for page in pages for one in page] == [one.id for one in listed]
    stranger = people.thread(outsider, thread_id)
    assert await statuses(lambda: stranger.list_messages(), lambda: stranger.list_messages().by_page()) == [403, 403]


# [N2]
async def test_messages_are_changed_and_deleted_by_their_sender_only(people):
    anna, ben = people.person(), people.person()
    thread_id = await people.started(anna, ben)
    mine, bens = people.thread(anna, thread_id), people.thread(ben, thread_id)
    sent = await settled(mine.send_message("first", metadata={"a": "1", "b": "2"}))
    before = await settled(mine.get_message(sent.id))
    await settled(mine.update_message(sent.id, "second", metadata={"b": "", "c": "3"}))
    after = await settled(mine.get_message(sent.id))
    assert (after.content.message, after.metadata) == ("second", {"a": "1", "c": "3"})
    assert after.edited_on is not None and int(after.sequence_id) > int(before.sequence_id)
    assert await statuses(lambda: bens.update_message(sent.id, "Ben's"), lambda: bens.delete_message(sent.id)) == [403, 403]
    await settled(mine.delete_message(sent.id))
    left = next(one for one in await settled(bens.list_messages()) if one.id == sent.id)
    assert left.deleted_on is not None and not left.content.message


# [N2]
async def test_people_are_added_listed_and_removed(people):
    anna, ben, outsider = people.person(), people.person(), people.person()
    thread_id = await people.started(anna)
    thread = people.thread(anna, thread_id)
    stranger = CommunicationUserIdentifier("8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002")
    invalid = await settled(thread.add_participants([ChatParticipant(identifier=ben[0], display_name="Ben"), ChatParticipant(identifier=stranger)]))
    assert [participant.identifier.raw_id for participant, _ in invalid] == [stranger.raw_id]
    inside = await settled(thread.list_participants())
    assert {one.identifier.raw_id for one in inside} == {anna[0].raw_id, ben[0].raw_id}
    pages = [await settled(page) for page in await settled(thread.list_participants(results_per_page=1).by_page())]
    assert [len(page) for page in pages] == [1, 1]
    shut = people.thread(outsider, thread_id)
    assert await statuses(
        lambda: shut.add_participants([ChatParticipant(identifier=outsider[0])]),
        lambda: shut.list_participants(),
        lambda: shut.list_participants().by_page(),
        lambda: shut.remove_participant(ben[0]),
    ) == [403, 403, 403, 403]
    await settled(thread.remove_participant(ben[0]))
    assert [one.identifier.raw_id for one in await settled(thread.list_participants())] == [anna[0].raw_id]
    assert await statuses(lambda: people.thread(ben, thread_id).send_message("let me in")) == [403]


# [N2]
async def test_receipts_and_typing(people):
    anna, ben, outsider = people.person(), people.person(), people.person()
    thread_id = await people.started(anna, ben)
    mine, bens, shut = (people.thread(person, thread_id) for person in (anna, ben, outsider))
    sent = await settled(mine.send_message("read me"))
    await settled(bens.send_read_receipt(sent.id))
    receipts = await settled(mine.list_read_receipts())
    assert [(one.sender.raw_id, one.chat_message_id) for one in receipts] == [(ben[0].raw_id, sent.id)]
    assert receipts[0].read_on is not None
    pages = [await settled(page) for page in await settled(mine.list_read_receipts(results_per_page=1).by_page())]
    assert [one.chat_message_id for page in pages for one in page] == [sent.id]
    assert await settled(bens.send_typing_notification(sender_display_name="Ben")) is None
    assert await statuses(
        lambda: shut.send_read_receipt(sent.id),
        lambda: shut.list_read_receipts(),
        lambda: shut.list_read_receipts().by_page(),
        lambda: shut.send_typing_notification(),
    ) == [403, 403, 403, 403]


# [N2]
async def test_a_credential_renews_when_its_token_ends(people, info):
    user, token = people.person()
    module = people.flavour.module("chat")
    credential = module.CommunicationTokenCredential(token)
    given = await settled(credential.get_token())
    assert given.token == token
    assert given.expires_on > datetime.now(timezone.utc).timestamp() + 23 * 3600
    people.identity.revoke_tokens(user)
    chat = module.ChatClient(info["endpoint"], credential)
    assert await statuses(lambda: chat.list_chat_threads()) == [401]
    assert await settled(chat.close()) is None
    assert await settled(credential.close()) is None


# [N2]
async def test_clients_are_closed(people):
    anna = people.person()
    thread_id = await people.started(anna)
    thread = people.chat(anna).get_chat_thread_client(thread_id)
    assert thread.thread_id == thread_id
    assert await settled(thread.close()) is None


# [N2]
def test_identifiers_keep_their_raw_ids():
    for raw_id in ("8:acs:a_b", "4:+14255550123", "8:orgid:45ab2481-1c1c-4005-be24-0ffb879b1130", "28:orgid:x", "anything"):
        assert identifier_from_raw_id(raw_id).raw_id == raw_id


def tampered(token):
    """The same claims under a signature of nobody's."""
    return f"{token.rpartition('.')[0]}.{'A' * 86}"
