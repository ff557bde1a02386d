// The Identity package's synchronous client.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.Server.SCOPES;
import static parvis.Server.refused;

import com.azure.communication.chat.ChatClientBuilder;
import com.azure.communication.common.CommunicationTokenCredential;
import com.azure.communication.common.CommunicationUserIdentifier;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.CommunicationTokenScope;
import com.azure.communication.identity.models.GetTokenForTeamsUserOptions;
import com.azure.communication.identity.models.IdentityErrorResponseException;
import com.azure.core.util.Context;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdentityTest {
    private final CommunicationIdentityClient client =
        new CommunicationIdentityClientBuilder().connectionString(Server.CONNECTION_STRING).buildClient();

    // [B2][N3]
    @Test
    void aUserIsMadeWithARawId() {
        var user = client.createUser();
        assertTrue(user.getId().matches("8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}"), user.getId());
        assertEquals(user.getId(), user.getRawId());
    }

    // [B2]
    @Test
    void makingAUserAnswers201() {
        var answer = client.createUserWithResponse(Context.NONE);
        assertEquals(201, answer.getStatusCode());
        assertNotEquals(client.createUser().getId(), answer.getValue().getId());
    }

    // [B2][N3][N2]
    @Test
    void aUserAndItsTokenAreMadeAtOnce() {
        var made = client.createUserAndToken(SCOPES);
        assertTrue(made.getUser().getId().startsWith("8:acs:"));
        assertTrue(worksForChat(made.getUserToken().getToken()));
        assertEndsIn(Duration.ofHours(24), made.getUserToken().getExpiresAt());
        var answer = client.createUserAndTokenWithResponse(SCOPES, Context.NONE);
        assertEquals(201, answer.getStatusCode());
        assertTrue(worksForChat(answer.getValue().getUserToken().getToken()));
    }

    // [B2][N3]
    @Test
    void aTokenIsIssuedForAUser() {
        var user = client.createUser();
        var token = client.getToken(user, SCOPES);
        assertTrue(worksForChat(token.getToken()));
        assertEndsIn(Duration.ofHours(24), token.getExpiresAt());
        var answer = client.getTokenWithResponse(user, SCOPES, Context.NONE);
        assertEquals(200, answer.getStatusCode());
        assertTrue(worksForChat(answer.getValue().getToken()));
    }

    // [B2][N3]
    @Test
    void aTokenWithoutChatOpensNoChat() {
        var token = client.getToken(client.createUser(), List.of(CommunicationTokenScope.VOIP));
        var chat = new ChatClientBuilder().endpoint(Server.ENDPOINT)
            .credential(new CommunicationTokenCredential(token.getToken())).buildClient();
        refused(403, () -> chat.listChatThreads().forEach(thread -> { }));
    }

    // [B2][N3]
    @Test
    void revokingEndsEveryTokenAtOnce() {
        var user = client.createUser();
        var first = client.getToken(user, SCOPES);
        client.revokeTokens(user);
        assertFalse(worksForChat(first.getToken()));
        var second = client.getToken(user, SCOPES);
        assertTrue(worksForChat(second.getToken()));
        assertEquals(204, client.revokeTokensWithResponse(user, Context.NONE).getStatusCode());
        assertFalse(worksForChat(second.getToken()));
    }

    // [B2][N3]
    @Test
    void aDeletedUserHasNoTokenAndGetsNone() {
        var user = client.createUser();
        var token = client.getToken(user, SCOPES);
        client.deleteUser(user);
        assertFalse(worksForChat(token.getToken()));
        refused(404, () -> client.getToken(user, SCOPES));
        var other = client.createUser();
        assertEquals(204, client.deleteUserWithResponse(other, Context.NONE).getStatusCode());
        refused(404, () -> client.getToken(other, SCOPES));
    }

    // [C2][N3]
    @Test
    void aMembersDirectoryTokenIsExchanged() {
        var options = new GetTokenForTeamsUserOptions(Server.MEMBER_TOKEN, Server.APP, Server.MEMBER);
        assertEquals(Server.MEMBER_TOKEN, options.getTeamsUserAadToken());
        assertEquals(Server.APP, options.getClientId());
        assertEquals(Server.MEMBER, options.getUserObjectId());
        var token = client.getTokenForTeamsUser(options);
        assertTrue(token.getExpiresAt().isAfter(OffsetDateTime.now()));
        assertFalse(token.getToken().isEmpty());
        var answer = client.getTokenForTeamsUserWithResponse(options, Context.NONE);
        assertEquals(200, answer.getStatusCode());
        assertFalse(answer.getValue().isExpired());
    }

    // [C2][C4]
    @Test
    void anotherMembersExchangeIsRefused() {
        var options = new GetTokenForTeamsUserOptions(
            Server.MEMBER_TOKEN, Server.APP, "00000000-0000-4000-8000-000000000001");
        refused(401, () -> client.getTokenForTeamsUser(options));
    }

    // [B2]
    @Test
    void anIdentityOfAnotherResourceGetsNoToken() {
        var foreign = new CommunicationUserIdentifier(
            "8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002");
        refused(404, () -> client.getToken(foreign, SCOPES));
    }

    // [B2][C3]
    @Test
    void anotherKeyIsDenied() {
        var stranger = new CommunicationIdentityClientBuilder()
            .connectionString("endpoint=" + Server.ENDPOINT + ";accesskey=" + "B".repeat(86) + "==").buildClient();
        refused(401, stranger::createUser);
    }

    // [N3]
    @Test
    void aRefusalCarriesTheDocumentedError() {
        var user = client.createUser();
        var async = new CommunicationIdentityClientBuilder().connectionString(Server.CONNECTION_STRING)
            .buildAsyncClient();
        var error = assertThrows(IdentityErrorResponseException.class,
            () -> async.getToken(user, List.of()).block(Server.WAIT));
        assertEquals(400, error.getResponse().getStatusCode());
        assertEquals("ValidationError", error.getValue().getCode());
        assertEquals("Scopes", error.getValue().getTarget());
        assertFalse(error.getValue().getMessage().isEmpty());
        assertTrue(error.getValue().getDetails() == null || error.getValue().getDetails().isEmpty());
    }

    static boolean worksForChat(String token) {
        var chat = new ChatClientBuilder().endpoint(Server.ENDPOINT)
            .credential(new CommunicationTokenCredential(token)).buildClient();
        try {
            return chat.listChatThreads().stream().count() == 0;
        } catch (com.azure.core.exception.HttpResponseException error) {
            assertEquals(401, error.getResponse().getStatusCode());
            return false;
        }
    }

    static void assertEndsIn(Duration life, OffsetDateTime expiry) {
        var off = Duration.between(OffsetDateTime.now().plus(life), expiry).abs();
        assertTrue(off.compareTo(Duration.ofMinutes(1)) < 0, "off by " + off);
    }
}
