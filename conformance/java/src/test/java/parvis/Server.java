// The running server that the conformance runner started, and clients of it; no assertion of its own lives here.
package parvis;

import com.azure.communication.chat.ChatAsyncClient;
import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatClientBuilder;
import com.azure.communication.chat.models.ChatParticipant;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.core.exception.HttpResponseException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

/** What the runner passed on, and short ways to it. */
public final class Server {
    public static final String CONNECTION_STRING = required("PARVIS_CONNECTION_STRING");
    public static final String ENDPOINT = part(0, "endpoint=");
    public static final String KEY = part(1, "accesskey=");
    /** A member's directory token with its owner and the app it was made for, as the exchange asks for it. */
    public static final String MEMBER_TOKEN = required("PARVIS_MEMBER_TOKEN");
    public static final String MEMBER = required("PARVIS_MEMBER");
    public static final String APP = required("PARVIS_APP");
    public static final List<CommunicationTokenScope> SCOPES =
        List.of(CommunicationTokenScope.CHAT, CommunicationTokenScope.VOIP);
    /** How long an asynchronous answer may take. */
    public static final Duration WAIT = Duration.ofSeconds(20);

    private static final CommunicationIdentityClient IDENTITY =
        new CommunicationIdentityClientBuilder().connectionString(CONNECTION_STRING).buildClient();

    private Server() {
    }

    /** A new external user with a token for chat. */
    public static Person person(String name) {
        var made = IDENTITY.createUserAndToken(SCOPES);
        return new Person(name, made.getUser(), made.getUserToken().getToken());
    }

    /** The refusal that a call must end with. */
    public static void refused(int status, Executable call) {
        var error = Assertions.assertThrows(HttpResponseException.class, call);
        Assertions.assertEquals(status, error.getResponse().getStatusCode());
    }

    private static String part(int index, String name) {
        String text = CONNECTION_STRING.split(";", 2)[index];
        Assertions.assertTrue(text.startsWith(name), "the connection string has another form");
        return text.substring(name.length());
    }

    private static String required(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException(name + " is not set: run this through conformance/run.mjs --only java");
        }
        return value;
    }

    /** Somebody with a token. */
    public record Person(String name, CommunicationUserIdentifier id, String token) {
        public ChatClient chat() {
            return builder().buildClient();
        }

        public ChatAsyncClient chatAsync() {
            return builder().buildAsyncClient();
        }

        public ChatParticipant participant() {
            return new ChatParticipant().setCommunicationIdentifier(id).setDisplayName(name);
        }

        private ChatClientBuilder builder() {
            return new ChatClientBuilder().endpoint(ENDPOINT).credential(new CommunicationTokenCredential(token));
        }
    }
}
