// Attachments of meeting messages, as values: not in the older version of the package.
package parvis.current;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.communication.chat.models.ChatAttachment;
import com.azure.communication.chat.models.ChatAttachmentType;
import com.azure.communication.chat.models.ChatMessageContent;
import com.azure.communication.common.CommunicationUserIdentifier;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttachmentTest {
    @Test
    void anAttachmentKeepsWhatIsSet() {
        var one = new ChatAttachment("1", ChatAttachmentType.IMAGE).setName("x-ray.png")
            .setUrl("https://a.example/1").setPreviewUrl("https://a.example/1/small");
        assertEquals("1 x-ray.png", one.getId() + " " + one.getName());
        assertSame(ChatAttachmentType.fromString("image"), one.getAttachmentType());
        assertEquals(one.getUrl() + "/small", one.getPreviewUrl());
        assertTrue(ChatAttachmentType.values().contains(ChatAttachmentType.IMAGE));
        var content = new ChatMessageContent("hi", null, null, new CommunicationUserIdentifier("8:acs:a_b"));
        assertEquals(List.of(one), content.setAttachments(List.of(one)).getAttachments());
    }
}
