// Every setting of the four builders, each shown by what the client made with it then does.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.Server.WAIT;

import com.azure.communication.chat.ChatClientBuilder;
import com.azure.communication.chat.ChatServiceVersion;
import com.azure.communication.chat.ChatThreadClientBuilder;
import com.azure.communication.chat.models.CreateChatThreadOptions;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.CommunicationIdentityServiceVersion;
import com.azure.communication.rooms.RoomsClientBuilder;
import com.azure.communication.rooms.RoomsServiceVersion;
import com.azure.communication.rooms.models.CreateRoomOptions;
import com.azure.core.credential.AccessToken;
import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.HttpLogOptions;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.core.util.ClientOptions;
import com.azure.core.util.Configuration;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class BuildersTest {
    private final Seen seen = new Seen();

    // [B2][N3]
    @Test
    void identityClientsOfEverySetting() {
        var plain = new CommunicationIdentityClientBuilder().endpoint(Server.ENDPOINT)
            .credential(new AzureKeyCredential(Server.KEY)).httpClient(HttpClient.createDefault())
            .addPolicy(seen).clientOptions(new ClientOptions().setApplicationId("clinic"))
            .configuration(new Configuration()).httpLogOptions(new HttpLogOptions())
            .retryOptions(retries()).serviceVersion(CommunicationIdentityServiceVersion.getLatest());
        assertTrue(plain.buildClient().createUser().getId().startsWith("8:acs:"));
        assertTrue(seen.last().contains("api-version=" + CommunicationIdentityServiceVersion.getLatest().getVersion()));
        assertTrue(plain.buildAsyncClient().createUser().block(WAIT).getId().startsWith("8:acs:"));
        for (var version : CommunicationIdentityServiceVersion.values()) {
            var client = new CommunicationIdentityClientBuilder().connectionString(Server.CONNECTION_STRING)
                .retryPolicy(new RetryPolicy()).serviceVersion(version).buildClient();
            assertTrue(client.createUser().getId().startsWith("8:acs:"), version.getVersion());
        }
        var named = CommunicationIdentityServiceVersion.valueOf("V2021_03_07");
        assertEquals("2021-03-07", named.getVersion());
    }

    // [B2]
    @Test
    void aPipelineOfOnesOwnIsUsedAsItIs() {
        var identity = new CommunicationIdentityClientBuilder().endpoint(Server.ENDPOINT).pipeline(unsigned());
        assertEquals(401, statusOf(() -> identity.buildClient().createUser()));
        var rooms = new RoomsClientBuilder().endpoint(Server.ENDPOINT).pipeline(unsigned());
        assertEquals(401, statusOf(() -> rooms.buildClient().createRoom(new CreateRoomOptions())));
        var chat = new ChatClientBuilder().endpoint(Server.ENDPOINT).pipeline(unsigned());
        assertEquals(401, statusOf(() -> chat.buildClient().listChatThreads().stream().count()));
        var thread = new ChatThreadClientBuilder().endpoint(Server.ENDPOINT).chatThreadId("19:none@thread.v2")
            .pipeline(unsigned());
        assertEquals(401, statusOf(() -> thread.buildClient().getProperties()));
    }

    // [C3]
    @Test
    void aDirectorysTokenThatTheServerDidNotMakeIsDenied() {
        var foreign = new AccessToken("not.a.token", OffsetDateTime.now().plusHours(1));
        var identity = new CommunicationIdentityClientBuilder().endpoint(Server.ENDPOINT)
            .credential(request -> Mono.just(foreign)).buildClient();
        assertEquals(401, statusOf(identity::createUser));
        var rooms = new RoomsClientBuilder().endpoint(Server.ENDPOINT)
            .credential(request -> Mono.just(foreign)).buildClient();
        assertEquals(401, statusOf(() -> rooms.createRoom(new CreateRoomOptions())));
    }

    // [N2]
    @Test
    void chatClientsOfEverySetting() {
        var alice = Server.person("Alice");
        var builder = new ChatClientBuilder().endpoint(Server.ENDPOINT)
            .credential(new CommunicationTokenCredential(alice.token())).httpClient(HttpClient.createDefault())
            .addPolicy(seen).clientOptions(new ClientOptions()).configuration(new Configuration())
            .httpLogOptions(new HttpLogOptions()).retryOptions(retries());
        for (var version : ChatServiceVersion.values()) {
            var client = builder.serviceVersion(version).buildClient();
            assertEquals(0, client.listChatThreads().stream().count(), version.getVersion());
            assertTrue(seen.last().contains("/chat/threads?api-version="));
        }
        assertEquals(ChatServiceVersion.getLatest(), ChatServiceVersion.valueOf(ChatServiceVersion.getLatest().name()));
        var other = new ChatClientBuilder().endpoint(Server.ENDPOINT).retryPolicy(new RetryPolicy())
            .credential(new CommunicationTokenCredential(alice.token()));
        assertEquals(0, other.buildAsyncClient().listChatThreads().collectList().block(WAIT).size());
    }

    // [N2]
    @Test
    void threadClientsOfEverySetting() {
        var alice = Server.person("Alice");
        var id = alice.chat().createChatThread(new CreateChatThreadOptions("Visit")).getChatThread().getId();
        var builder = new ChatThreadClientBuilder().endpoint(Server.ENDPOINT).chatThreadId(id)
            .credential(new CommunicationTokenCredential(alice.token())).httpClient(HttpClient.createDefault())
            .addPolicy(seen).clientOptions(new ClientOptions()).configuration(new Configuration())
            .httpLogOptions(new HttpLogOptions()).retryOptions(retries())
            .serviceVersion(ChatServiceVersion.getLatest());
        assertEquals("Visit", builder.buildClient().getProperties().getTopic());
        assertTrue(seen.last().contains("/chat/threads/"));
        var other = new ChatThreadClientBuilder().endpoint(Server.ENDPOINT).chatThreadId(id)
            .retryPolicy(new RetryPolicy()).httpClient(HttpClient.createDefault())
            .credential(new CommunicationTokenCredential(alice.token()));
        assertEquals(id, other.buildAsyncClient().getProperties().block(WAIT).getId());
    }

    // [N3]
    @Test
    void roomsClientsOfEverySetting() {
        var builder = new RoomsClientBuilder().endpoint(Server.ENDPOINT)
            .credential(new AzureKeyCredential(Server.KEY)).httpClient(HttpClient.createDefault())
            .addPolicy(seen).clientOptions(new ClientOptions()).configuration(new Configuration())
            .httpLogOptions(new HttpLogOptions()).retryOptions(retries());
        for (var version : RoomsServiceVersion.values()) {
            var room = builder.serviceVersion(version).buildClient().createRoom(new CreateRoomOptions());
            assertEquals(16, Math.min(room.getRoomId().length(), 16));
            assertTrue(seen.last().contains("api-version=" + version.getVersion()));
        }
        assertEquals(RoomsServiceVersion.getLatest(), RoomsServiceVersion.valueOf(RoomsServiceVersion.getLatest().name()));
        var other = new RoomsClientBuilder().connectionString(Server.CONNECTION_STRING).retryPolicy(new RetryPolicy());
        assertTrue(other.buildAsyncClient().listRooms().collectList().block(WAIT).size() > 0);
    }

    private static HttpPipeline unsigned() {
        return new HttpPipelineBuilder().httpClient(HttpClient.createDefault()).build();
    }

    private static RetryOptions retries() {
        return new RetryOptions(new FixedDelayOptions(1, Duration.ofMillis(10)));
    }

    private static int statusOf(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(HttpResponseException.class, call).getResponse().getStatusCode();
    }

    /** Notes the address of each request. */
    private static final class Seen implements HttpPipelinePolicy {
        private final List<String> addresses = new ArrayList<>();

        @Override
        public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
            addresses.add(context.getHttpRequest().getUrl().toString());
            return next.process();
        }

        String last() {
            return addresses.get(addresses.size() - 1);
        }
    }
}
