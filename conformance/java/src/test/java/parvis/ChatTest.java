// The Chat package's synchronous clients: threads, people, messages, signals.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.Server.refused;

import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.chat.models.ChatErrorResponseException;
import com.azure.communication.chat.models.ChatMessage;
import com.azure.communication.chat.models.ChatMessageType;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.ListChatMessagesOptions;
import com.azure.communication.chat.models.ListChatThreadsOptions;
import com.azure.communication.chat.models.ListParticipantsOptions;
import com.azure.communication.chat.models.ListReadReceiptOptions;
import com.azure.communication.chat.models.SendChatMessageOptions;
import com.azure.communication.chat.models.TypingNotificationOptions;
import com.azure.communication.chat.models.UpdateChatMessageOptions;
import com.azure.core.util.Context;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChatTest {
    private final Server.Person alice = Server.person("Alice");
    private final Server.Person bob = Server.person("Bob");
    private final ChatClient chat = alice.chat();

    // [N2]
    @Test
    void aThreadIsMade() {
        var answer = chat.createChatThreadWithResponse(visit(), Context.NONE);
        assertEquals(201, answer.getStatusCode());
        assertTrue(answer.getValue().getInvalidParticipants().isEmpty());
        var made = chat.createChatThread(visit()).getChatThread();
        assertTrue(made.getId().matches("19:.+@thread\\.v2"), made.getId());
        assertEquals("Visit", made.getTopic());
        assertEquals(alice.id(), made.getCreatedBy());
        assertRecent(made.getCreatedOn());
    }

    // [N2]
    @Test
    void theSameIdempotencyTokenMakesOneThread() {
        var options = visit().setIdempotencyToken(UUID.randomUUID().toString());
        assertFalse(options.getIdempotencyToken().isEmpty());
        var first = chat.createChatThread(options).getChatThread().getId();
        assertEquals(first, chat.createChatThread(options).getChatThread().getId());
        assertEquals(1, chat.listChatThreads().stream().count());
    }

    // [N2]
    @Test
    void whomTheServerDoesNotKnowIsNamed() {
        var stranger = new ChatParticipant().setDisplayName("Nobody").setCommunicationIdentifier(
            new com.azure.communication.common.CommunicationUserIdentifier(
                bob.id().getId().replaceFirst("_.*", "_" + UUID.randomUUID())));
        var result = chat.createChatThread(visit().addParticipant(stranger));
        var invalid = result.getInvalidParticipants();
        assertEquals(1, invalid.size());
        assertEquals(stranger.getCommunicationIdentifier().getRawId(), invalid.get(0).getTarget());
        assertNotNull(invalid.get(0).getCode());
        assertNotNull(invalid.get(0).getMessage());
    }

    // [N2]
    @Test
    void aThreadSaysWhatItIs() {
        var thread = thread();
        var properties = thread.getProperties();
        assertEquals(thread.getChatThreadId(), properties.getId());
        assertEquals("Visit", properties.getTopic());
        var answer = thread.getPropertiesWithResponse(Context.NONE);
        assertEquals(200, answer.getStatusCode());
        assertEquals(alice.id(), answer.getValue().getCreatedBy());
    }

    // [N2]
    @Test
    void threadsAreListedByPages() {
        var made = List.of(thread().getChatThreadId(), thread().getChatThreadId(), thread().getChatThreadId());
        made.forEach(id -> chat.getChatThreadClient(id).sendMessage(text("hello")));
        var listed = chat.listChatThreads().stream().toList();
        assertEquals(made.stream().sorted().toList(), listed.stream().map(item -> item.getId()).sorted().toList());
        assertTrue(listed.stream().allMatch(item -> item.getTopic().equals("Visit") && item.getDeletedOn() == null));
        assertTrue(listed.stream().allMatch(item -> item.getLastMessageReceivedOn() != null));
        var options = new ListChatThreadsOptions().setMaxPageSize(2)
            .setStartTime(OffsetDateTime.now().minusDays(1));
        var pages = chat.listChatThreads(options, Context.NONE).streamByPage().toList();
        assertEquals(List.of(2, 1), pages.stream().map(page -> page.getValue().size()).toList());
        options.setStartTime(OffsetDateTime.now().plusDays(1));
        assertEquals(0, chat.listChatThreads(options, Context.NONE).stream().count());
    }

    // [N2]
    @Test
    void aDeletedThreadIsGone() {
        var first = thread();
        chat.deleteChatThread(first.getChatThreadId());
        assertThrows(ChatErrorResponseException.class, first::getProperties);
        var second = thread();
        var answer = chat.deleteChatThreadWithResponse(second.getChatThreadId(), Context.NONE);
        assertEquals(204, answer.getStatusCode());
        assertThrows(ChatErrorResponseException.class, () -> second.sendMessage(text("late")));
    }

    // [N2]
    @Test
    void theTopicChanges() {
        var thread = thread();
        thread.updateTopic("Second visit");
        assertEquals("Second visit", thread.getProperties().getTopic());
        assertEquals(204, thread.updateTopicWithResponse("Third visit", Context.NONE).getStatusCode());
        assertEquals("Third visit", thread.getProperties().getTopic());
        var told = thread.listMessages().stream()
            .filter(message -> message.getType().equals(ChatMessageType.TOPIC_UPDATED)).findFirst().orElseThrow();
        assertEquals("Third visit", told.getContent().getTopic());
        assertEquals(alice.id(), told.getContent().getInitiator());
    }

    // [N2]
    @Test
    void peopleAreAddedAndListed() {
        var thread = thread();
        var more = List.of(Server.person("C"), Server.person("D"), Server.person("E"), Server.person("F"));
        assertTrue(thread.addParticipants(List.of(more.get(0).participant())).getInvalidParticipants().isEmpty());
        var two = thread.addParticipantsWithResponse(List.of(more.get(1).participant()), Context.NONE);
        assertEquals(201, two.getStatusCode());
        thread.addParticipant(more.get(2).participant());
        // The package gives nothing when all went well, and an error when the person is not valid.
        assertNull(thread.addParticipantWithResponse(more.get(3).participant(), Context.NONE));
        var names = thread.listParticipants().stream().map(ChatParticipant::getDisplayName)
            .filter(name -> name != null).collect(Collectors.toSet());
        assertTrue(names.containsAll(List.of("Bob", "C", "D", "E", "F")), names.toString());
        var options = new ListParticipantsOptions().setMaxPageSize(2).setSkip(1);
        var pages = thread.listParticipants(options, Context.NONE).streamByPage().toList();
        assertEquals(List.of(2, 2, 1), pages.stream().map(page -> page.getValue().size()).toList());
    }

    // [N2]
    @Test
    void whoIsRemovedMayNotWrite() {
        var thread = thread();
        var carol = Server.person("Carol");
        thread.addParticipant(carol.participant());
        var bobs = bob.chat().getChatThreadClient(thread.getChatThreadId());
        var carols = carol.chat().getChatThreadClient(thread.getChatThreadId());
        bobs.sendMessage(text("I am here"));
        thread.removeParticipant(bob.id());
        refused(403, () -> bobs.sendMessage(text("still here?")));
        assertEquals(204, thread.removeParticipantWithResponse(carol.id(), Context.NONE).getStatusCode());
        refused(403, () -> carols.sendMessage(text("still here?")));
        assertEquals(1, thread.listParticipants().stream().count());
    }

    // [N2]
    @Test
    void aMessageIsSentAndRead() {
        var thread = thread();
        var options = text("hello").setSenderDisplayName("Dr Alice").setMetadata(Map.of("colour", "green"));
        var id = thread.sendMessage(options).getId();
        var message = thread.getMessage(id);
        assertEquals(id, message.getId());
        assertEquals("hello", message.getContent().getMessage());
        assertEquals(ChatMessageType.TEXT, message.getType());
        assertEquals("Dr Alice", message.getSenderDisplayName());
        assertEquals(alice.id(), message.getSender());
        assertEquals(Map.of("colour", "green"), message.getMetadata());
        assertEquals(id, message.getVersion());
        assertRecent(message.getCreatedOn());
        assertNull(message.getEditedOn());
        assertNull(message.getDeletedOn());
        var answer = bob.chat().getChatThreadClient(thread.getChatThreadId()).getMessageWithResponse(id, Context.NONE);
        assertEquals(200, answer.getStatusCode());
        assertEquals("hello", answer.getValue().getContent().getMessage());
    }

    // [N2]
    @Test
    void markupIsSentAsSuch() {
        var thread = thread();
        var options = new SendChatMessageOptions().setContent("<b>bold</b><script>no()</script>")
            .setType(ChatMessageType.HTML);
        var answer = thread.sendMessageWithResponse(options, Context.NONE);
        assertEquals(201, answer.getStatusCode());
        var message = thread.getMessage(answer.getValue().getId());
        assertEquals(ChatMessageType.HTML, message.getType());
        assertTrue(message.getContent().getMessage().contains("bold"));
        assertFalse(message.getContent().getMessage().contains("script"));
    }

    // [N2]
    @Test
    void messagesAreListedNewestFirst() {
        var thread = thread();
        for (int number = 1; number <= 5; number++) {
            thread.sendMessage(text("number " + number));
        }
        assertEquals(List.of("number 5", "number 4", "number 3", "number 2", "number 1"),
            thread.listMessages().stream().filter(ChatTest::isText)
                .map(message -> message.getContent().getMessage()).toList());
        var options = new ListChatMessagesOptions().setMaxPageSize(2)
            .setStartTime(OffsetDateTime.now().minusMinutes(10));
        var pages = thread.listMessages(options, Context.NONE).streamByPage().toList();
        assertTrue(pages.size() >= 3, "pages: " + pages.size());
        assertTrue(pages.stream().allMatch(page -> page.getValue().size() <= 2));
        assertEquals(5, pages.stream().flatMap(page -> page.getValue().stream()).filter(ChatTest::isText).count());
    }

    // [N2]
    @Test
    void onlyTheSenderEdits() {
        var thread = thread();
        var id = thread.sendMessage(text("helo")).getId();
        thread.updateMessage(id, new UpdateChatMessageOptions().setContent("hello"));
        var edited = thread.getMessage(id);
        assertEquals("hello", edited.getContent().getMessage());
        assertRecent(edited.getEditedOn());
        assertNotEquals(id, edited.getVersion());
        var options = new UpdateChatMessageOptions().setContent("hello!").setMetadata(Map.of("a", "b"));
        assertEquals(204, thread.updateMessageWithResponse(id, options, Context.NONE).getStatusCode());
        assertEquals(Map.of("a", "b"), thread.getMessage(id).getMetadata());
        var bobs = bob.chat().getChatThreadClient(thread.getChatThreadId());
        refused(403, () -> bobs.updateMessage(id, options));
    }

    // [N2]
    @Test
    void onlyTheSenderDeletes() {
        var thread = thread();
        var first = thread.sendMessage(text("one")).getId();
        var second = thread.sendMessage(text("two")).getId();
        var bobs = bob.chat().getChatThreadClient(thread.getChatThreadId());
        refused(403, () -> bobs.deleteMessage(first));
        thread.deleteMessage(first);
        assertEquals(204, thread.deleteMessageWithResponse(second, Context.NONE).getStatusCode());
        var listed = thread.listMessages().stream().filter(ChatTest::isText).toList();
        assertTrue(listed.stream().allMatch(message -> message.getDeletedOn() != null));
        assertEquals(2, listed.size());
    }

    // [N2]
    @Test
    void typingIsTold() {
        var thread = thread();
        thread.sendTypingNotification();
        assertEquals(200, thread.sendTypingNotificationWithResponse(Context.NONE).getStatusCode());
        var options = new TypingNotificationOptions().setSenderDisplayName("Dr Alice");
        assertEquals("Dr Alice", options.getSenderDisplayName());
        assertEquals(200, thread.sendTypingNotificationWithResponse(options, Context.NONE).getStatusCode());
        var stranger = Server.person("Stranger").chat().getChatThreadClient(thread.getChatThreadId());
        refused(403, stranger::sendTypingNotification);
    }

    // [N2]
    @Test
    void readReceiptsAreKept() {
        var thread = thread();
        var first = thread.sendMessage(text("one")).getId();
        var second = thread.sendMessage(text("two")).getId();
        var bobs = bob.chat().getChatThreadClient(thread.getChatThreadId());
        bobs.sendReadReceipt(first);
        assertEquals(200, bobs.sendReadReceiptWithResponse(second, Context.NONE).getStatusCode());
        var receipt = thread.listReadReceipts().stream()
            .filter(one -> one.getSender().equals(bob.id())).findFirst().orElseThrow();
        assertEquals(second, receipt.getChatMessageId());
        assertRecent(receipt.getReadOn());
        thread.sendReadReceipt(second);
        var options = new ListReadReceiptOptions().setMaxPageSize(1);
        var pages = thread.listReadReceipts(options, Context.NONE).streamByPage().toList();
        assertEquals(List.of(1, 1), pages.stream().map(page -> page.getValue().size()).toList());
        assertEquals(1, thread.listReadReceipts(options.setSkip(1), Context.NONE).stream().count());
    }

    // [G2][N2]
    @Test
    void aStrangerSeesNothingAndGetsTheDocumentedError() {
        var theirs = Server.person("Stranger").chat().getChatThreadClient(thread().getChatThreadId());
        refused(403, theirs::getProperties);
        refused(403, () -> theirs.listMessages().stream().count());
        var error = assertThrows(ChatErrorResponseException.class, () -> theirs.sendMessage(text("hi")));
        assertEquals(403, error.getResponse().getStatusCode());
        assertEquals("Forbidden", error.getValue().getCode());
        assertFalse(error.getValue().getMessage().isEmpty());
    }

    private CreateChatThreadOptions visit() {
        return new CreateChatThreadOptions("Visit").addParticipant(bob.participant());
    }

    private ChatThreadClient thread() {
        return chat.getChatThreadClient(chat.createChatThread(visit()).getChatThread().getId());
    }

    static SendChatMessageOptions text(String content) {
        return new SendChatMessageOptions().setContent(content);
    }

    static boolean isText(ChatMessage message) {
        return message.getType().equals(ChatMessageType.TEXT);
    }

    static void assertRecent(OffsetDateTime moment) {
        var off = Duration.between(moment, OffsetDateTime.now()).abs();
        assertTrue(off.compareTo(Duration.ofMinutes(1)) < 0, "off by " + off);
    }
}
