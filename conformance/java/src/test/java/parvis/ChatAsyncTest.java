// The Chat package's asynchronous clients.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.ChatTest.assertRecent;
import static parvis.ChatTest.text;
import static parvis.Server.WAIT;
import static parvis.Server.refused;

import com.azure.communication.chat.ChatAsyncClient;
import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.models.ChatErrorResponseException;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.chat.models.ListChatMessagesOptions;
import com.azure.communication.chat.models.ListChatThreadsOptions;
import com.azure.communication.chat.models.ListParticipantsOptions;
import com.azure.communication.chat.models.ListReadReceiptOptions;
import com.azure.communication.chat.models.TypingNotificationOptions;
import com.azure.communication.chat.models.UpdateChatMessageOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChatAsyncTest {
    private final Server.Person alice = Server.person("Alice");
    private final Server.Person bob = Server.person("Bob");
    private final ChatAsyncClient chat = alice.chatAsync();

    // [N2]
    @Test
    void threadsAreMadeListedAndDeleted() {
        var first = chat.createChatThread(visit()).block(WAIT).getChatThread();
        assertEquals("Visit", first.getTopic());
        var answer = chat.createChatThreadWithResponse(visit()).block(WAIT);
        assertEquals(201, answer.getStatusCode());
        var second = answer.getValue().getChatThread().getId();
        assertEquals(2, chat.listChatThreads().collectList().block(WAIT).size());
        var pages = chat.listChatThreads(new ListChatThreadsOptions().setMaxPageSize(1)).byPage()
            .collectList().block(WAIT);
        assertEquals(List.of(1, 1), pages.stream().map(page -> page.getValue().size()).toList());
        chat.deleteChatThread(first.getId()).block(WAIT);
        assertEquals(204, chat.deleteChatThreadWithResponse(second).block(WAIT).getStatusCode());
        var gone = chat.getChatThreadClient(second);
        assertThrows(ChatErrorResponseException.class, () -> gone.getProperties().block(WAIT));
    }

    // [N2]
    @Test
    void aThreadSaysWhatItIsAndChanges() {
        var thread = thread();
        assertEquals(thread.getChatThreadId(), thread.getProperties().block(WAIT).getId());
        thread.updateTopic("Second visit").block(WAIT);
        assertEquals("Second visit", thread.getProperties().block(WAIT).getTopic());
        assertEquals(204, thread.updateTopicWithResponse("Third visit").block(WAIT).getStatusCode());
        var answer = thread.getPropertiesWithResponse().block(WAIT);
        assertEquals(200, answer.getStatusCode());
        assertEquals("Third visit", answer.getValue().getTopic());
    }

    // [N2]
    @Test
    void peopleComeAndGo() {
        var thread = thread();
        var more = List.of(Server.person("C"), Server.person("D"), Server.person("E"), Server.person("F"));
        var added = thread.addParticipants(List.of(more.get(0).participant())).block(WAIT);
        assertTrue(added.getInvalidParticipants().isEmpty());
        var answer = thread.addParticipantsWithResponse(List.of(more.get(1).participant())).block(WAIT);
        assertEquals(201, answer.getStatusCode());
        thread.addParticipant(more.get(2).participant()).block(WAIT);
        // The package gives nothing when all went well, and an error when the person is not valid.
        assertNull(thread.addParticipantWithResponse(more.get(3).participant()).block(WAIT));
        assertEquals(6, thread.listParticipants().collectList().block(WAIT).size());
        var options = new ListParticipantsOptions().setMaxPageSize(4);
        var pages = thread.listParticipants(options).byPage().collectList().block(WAIT);
        assertEquals(List.of(4, 2), pages.stream().map(page -> page.getValue().size()).toList());
        thread.removeParticipant(bob.id()).block(WAIT);
        assertEquals(204, thread.removeParticipantWithResponse(more.get(0).id()).block(WAIT).getStatusCode());
        assertEquals(4, thread.listParticipants().collectList().block(WAIT).size());
        var bobs = bob.chatAsync().getChatThreadClient(thread.getChatThreadId());
        refused(403, () -> bobs.sendMessage(text("still here?")).block(WAIT));
    }

    // [N2]
    @Test
    void messagesAreSentReadEditedAndDeleted() {
        var thread = thread();
        var first = thread.sendMessage(text("one")).block(WAIT).getId();
        var sent = thread.sendMessageWithResponse(text("two")).block(WAIT);
        assertEquals(201, sent.getStatusCode());
        var second = sent.getValue().getId();
        assertEquals("one", thread.getMessage(first).block(WAIT).getContent().getMessage());
        assertEquals(200, thread.getMessageWithResponse(second).block(WAIT).getStatusCode());
        thread.updateMessage(first, new UpdateChatMessageOptions().setContent("eins")).block(WAIT);
        assertEquals("eins", thread.getMessage(first).block(WAIT).getContent().getMessage());
        var options = new UpdateChatMessageOptions().setContent("zwei");
        assertEquals(204, thread.updateMessageWithResponse(second, options).block(WAIT).getStatusCode());
        assertEquals(List.of("zwei", "eins"), texts(thread));
        var pages = thread.listMessages(new ListChatMessagesOptions().setMaxPageSize(1)).byPage()
            .collectList().block(WAIT);
        assertTrue(pages.size() >= 2 && pages.stream().allMatch(page -> page.getValue().size() == 1));
        thread.deleteMessage(first).block(WAIT);
        assertEquals(204, thread.deleteMessageWithResponse(second).block(WAIT).getStatusCode());
        var left = thread.listMessages().filter(ChatTest::isText).collectList().block(WAIT);
        assertTrue(left.stream().allMatch(message -> message.getDeletedOn() != null));
    }

    // [N2]
    @Test
    void typingAndReadReceiptsAreTold() {
        var thread = thread();
        thread.sendTypingNotification().block(WAIT);
        assertEquals(200, thread.sendTypingNotificationWithResponse().block(WAIT).getStatusCode());
        var typing = new TypingNotificationOptions().setSenderDisplayName("Dr Alice");
        assertEquals(200, thread.sendTypingNotificationWithResponse(typing).block(WAIT).getStatusCode());
        var id = thread.sendMessage(text("one")).block(WAIT).getId();
        var bobs = bob.chatAsync().getChatThreadClient(thread.getChatThreadId());
        bobs.sendReadReceipt(id).block(WAIT);
        assertEquals(200, thread.sendReadReceiptWithResponse(id).block(WAIT).getStatusCode());
        var receipts = thread.listReadReceipts().collectList().block(WAIT);
        assertTrue(receipts.stream().anyMatch(receipt -> receipt.getSender().equals(bob.id())));
        receipts.forEach(receipt -> assertRecent(receipt.getReadOn()));
        var pages = thread.listReadReceipts(new ListReadReceiptOptions().setMaxPageSize(1)).byPage()
            .collectList().block(WAIT);
        assertEquals(List.of(1, 1), pages.stream().map(page -> page.getValue().size()).toList());
    }

    private CreateChatThreadOptions visit() {
        return new CreateChatThreadOptions("Visit").addParticipant(bob.participant());
    }

    private ChatThreadAsyncClient thread() {
        return chat.getChatThreadClient(chat.createChatThread(visit()).block(WAIT).getChatThread().getId());
    }

    private static List<String> texts(ChatThreadAsyncClient thread) {
        return thread.listMessages().filter(ChatTest::isText).map(message -> message.getContent().getMessage())
            .collectList().block(WAIT);
    }
}
