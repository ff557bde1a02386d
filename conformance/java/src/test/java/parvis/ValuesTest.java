// What the packages' own values keep of what is set in them; those that travel are also read in the other tests.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.communication.chat.models.AddChatParticipantsResult;
import com.azure.communication.chat.models.ChatError;
import com.azure.communication.chat.models.ChatErrorResponseException;
import com.azure.communication.chat.models.ChatMessage;
import com.azure.communication.chat.models.ChatMessageContent;
import com.azure.communication.chat.models.ChatMessageReadReceipt;
import com.azure.communication.chat.models.ChatMessageType;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.ChatThreadItem;
import com.azure.communication.chat.models.ChatThreadProperties;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.CreateChatThreadResult;
import com.azure.communication.chat.models.InvalidParticipantException;
import com.azure.communication.chat.models.ListChatMessagesOptions;
import com.azure.communication.chat.models.ListChatThreadsOptions;
import com.azure.communication.chat.models.ListParticipantsOptions;
import com.azure.communication.chat.models.ListReadReceiptOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.chat.models.SendChatMessageResult;
import com.azure.communication.chat.models.UpdateChatMessageOptions;
import com.azure.communication.chat.models.UpdateChatThreadOptions;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.communication.identity.models.CommunicationUserIdentifierAndToken;
import com.azure.communication.identity.models.IdentityError;
import com.azure.communication.identity.models.IdentityErrorResponseException;
import com.azure.communication.rooms.models.AddOrUpdateParticipantsResult;
import com.azure.communication.rooms.models.CommunicationRoom;
import com.azure.communication.rooms.models.CreateRoomOptions;
import com.azure.communication.rooms.models.ParticipantRole;
import com.azure.communication.rooms.models.RemoveParticipantsResult;
import com.azure.communication.rooms.models.RoomParticipant;
import com.azure.core.credential.AccessToken;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValuesTest {
    private static final OffsetDateTime NOW = OffsetDateTime.now();
    private static final CommunicationUserIdentifier SOMEBODY = new CommunicationUserIdentifier("8:acs:a_b");

    @Test
    void identityValues() {
        assertEquals("chat.join", CommunicationTokenScope.fromString("chat.join").toString());
        assertTrue(CommunicationTokenScope.values().contains(CommunicationTokenScope.VOIP));
        var token = new AccessToken("a.b.c", NOW);
        var both = new CommunicationUserIdentifierAndToken(SOMEBODY, token);
        assertSame(SOMEBODY, both.getUser());
        assertSame(token, both.getUserToken());
        var error = new IdentityError("No", "no", "Scopes", List.of());
        assertEquals("Scopes", error.getTarget());
        assertSame(error, new IdentityErrorResponseException("no", null, error).getValue());
    }

    @Test
    void optionsOfChat() {
        var people = List.of(new ChatParticipant().setCommunicationIdentifier(SOMEBODY).setShareHistoryTime(NOW));
        assertEquals(NOW, people.get(0).getShareHistoryTime());
        var create = new CreateChatThreadOptions("Visit").setParticipants(people);
        assertEquals("Visit", create.getTopic());
        assertEquals(people, create.getParticipants());
        var send = new SendChatMessageOptions().setContent("hi").setSenderDisplayName("A")
            .setType(ChatMessageType.HTML).setMetadata(Map.of("a", "b"));
        assertEquals("hi", send.getContent());
        assertEquals("A", send.getSenderDisplayName());
        assertEquals(ChatMessageType.HTML, send.getType());
        assertEquals("b", send.getMetadata().get("a"));
        var update = new UpdateChatMessageOptions().setContent("hi").setMetadata(Map.of("a", "b"));
        assertEquals("hi", update.getContent());
        assertEquals("b", update.getMetadata().get("a"));
        assertEquals("Visit", new UpdateChatThreadOptions().setTopic("Visit").getTopic());
        var messages = new ListChatMessagesOptions().setMaxPageSize(2).setStartTime(NOW);
        assertEquals(2, messages.getMaxPageSize());
        assertEquals(NOW, messages.getStartTime());
        var threads = new ListChatThreadsOptions().setMaxPageSize(3).setStartTime(NOW);
        assertEquals(3, threads.getMaxPageSize());
        assertEquals(NOW, threads.getStartTime());
        var participants = new ListParticipantsOptions().setMaxPageSize(4).setSkip(1);
        assertEquals(List.of(4, 1), List.of(participants.getMaxPageSize(), participants.getSkip()));
        var receipts = new ListReadReceiptOptions().setMaxPageSize(5).setSkip(2);
        assertEquals(List.of(5, 2), List.of(receipts.getMaxPageSize(), receipts.getSkip()));
    }

    @Test
    void answersOfChat() {
        var content = new ChatMessageContent("hi", "Visit", List.of(new ChatParticipant()), SOMEBODY);
        assertTrue(content.getParticipants().iterator().hasNext());
        var message = new ChatMessage().setId("1").setVersion("2").setContent(content).setCreatedOn(NOW)
            .setEditedOn(NOW).setDeletedOn(NOW).setSender(SOMEBODY).setSenderDisplayName("A")
            .setType(ChatMessageType.TEXT).setMetadata(Map.of());
        assertSame(content, message.getContent());
        assertEquals("12A", message.getId() + message.getVersion() + message.getSenderDisplayName());
        assertEquals(List.of(NOW, NOW, NOW),
            List.of(message.getCreatedOn(), message.getEditedOn(), message.getDeletedOn()));
        assertSame(SOMEBODY, message.getSender());
        assertSame(ChatMessageType.TEXT, message.getType());
        assertEquals(Map.of(), message.getMetadata());
        var properties = new ChatThreadProperties().setId("t").setTopic("Visit").setCreatedOn(NOW)
            .setCreatedBy(SOMEBODY);
        assertEquals("tVisit", properties.getId() + properties.getTopic());
        assertSame(SOMEBODY, properties.getCreatedBy());
        var item = new ChatThreadItem().setId("t").setTopic("Visit").setDeletedOn(NOW);
        assertEquals("tVisit", item.getId() + item.getTopic());
        assertEquals(NOW, item.getDeletedOn());
        var receipt = new ChatMessageReadReceipt().setChatMessageId("1").setReadOn(NOW).setSender(SOMEBODY);
        assertEquals("1", receipt.getChatMessageId());
        assertEquals(NOW, receipt.getReadOn());
        assertEquals("1", new SendChatMessageResult().setId("1").getId());
        assertSame(properties, new CreateChatThreadResult(properties, List.of()).getChatThread());
        assertTrue(ChatMessageType.values().contains(ChatMessageType.TOPIC_UPDATED));
        assertSame(ChatMessageType.HTML, ChatMessageType.fromString("html"));
    }

    @Test
    void errorsOfChat() {
        var inner = new ChatError("Inner", "inner", null, List.of(), null);
        var error = new ChatError("No", "no", "topic", List.of(inner), inner);
        assertSame(inner, error.getInnerError());
        assertEquals(List.of(inner), error.getDetails());
        assertEquals(List.of(error), new AddChatParticipantsResult(List.of(error)).getInvalidParticipants());
        assertSame(error, new InvalidParticipantException(error).getChatError());
        assertSame(error, new ChatErrorResponseException("no", null, error).getValue());
        assertNull(new ChatErrorResponseException("no", null).getValue());
    }

    @Test
    void roomValues() {
        assertSame(ParticipantRole.PRESENTER, ParticipantRole.fromString("Presenter"));
        assertTrue(ParticipantRole.values().contains(ParticipantRole.CONSUMER));
        var people = List.of(new RoomParticipant(SOMEBODY));
        assertTrue(new CreateRoomOptions().setParticipants(people).getParticipants().iterator().hasNext());
        assertEquals("1", new CommunicationRoom("1", NOW, NOW, NOW).getRoomId());
        assertNotNull(new AddOrUpdateParticipantsResult());
        assertNotNull(new RemoveParticipantsResult());
    }
}
