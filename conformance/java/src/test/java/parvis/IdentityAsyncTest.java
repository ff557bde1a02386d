// The Identity package's asynchronous client.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.IdentityTest.worksForChat;
import static parvis.Server.SCOPES;
import static parvis.Server.WAIT;
import static parvis.Server.refused;

import com.azure.communication.identity.CommunicationIdentityAsyncClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.communication.identity.models.GetTokenForTeamsUserOptions;
import org.junit.jupiter.api.Test;

class IdentityAsyncTest {
    private final CommunicationIdentityAsyncClient client =
        new CommunicationIdentityClientBuilder().connectionString(Server.CONNECTION_STRING).buildAsyncClient();

    // [B2][N3]
    @Test
    void aUserIsMade() {
        assertTrue(client.createUser().block(WAIT).getId().startsWith("8:acs:"));
        var answer = client.createUserWithResponse().block(WAIT);
        assertEquals(201, answer.getStatusCode());
        assertTrue(answer.getValue().getId().startsWith("8:acs:"));
    }

    // [B2][N3][N2]
    @Test
    void aUserAndItsTokenAreMadeAtOnce() {
        var made = client.createUserAndToken(SCOPES).block(WAIT);
        assertTrue(worksForChat(made.getUserToken().getToken()));
        var answer = client.createUserAndTokenWithResponse(SCOPES).block(WAIT);
        assertEquals(201, answer.getStatusCode());
        assertTrue(worksForChat(answer.getValue().getUserToken().getToken()));
    }

    // [B2][N3]
    @Test
    void tokensAreIssuedAndRevoked() {
        var user = client.createUser().block(WAIT);
        var first = client.getToken(user, SCOPES).block(WAIT).getToken();
        assertTrue(worksForChat(first));
        client.revokeTokens(user).block(WAIT);
        assertFalse(worksForChat(first));
        var answer = client.getTokenWithResponse(user, SCOPES).block(WAIT);
        assertEquals(200, answer.getStatusCode());
        assertTrue(worksForChat(answer.getValue().getToken()));
        assertEquals(204, client.revokeTokensWithResponse(user).block(WAIT).getStatusCode());
        assertFalse(worksForChat(answer.getValue().getToken()));
    }

    // [B2][N3]
    @Test
    void aUserIsDeleted() {
        var user = client.createUser().block(WAIT);
        client.deleteUser(user).block(WAIT);
        refused(404, () -> client.getToken(user, SCOPES).block(WAIT));
        var other = client.createUser().block(WAIT);
        assertEquals(204, client.deleteUserWithResponse(other).block(WAIT).getStatusCode());
        refused(404, () -> client.getToken(other, SCOPES).block(WAIT));
    }

    // [C2][N3]
    @Test
    void aMembersDirectoryTokenIsExchanged() {
        var options = new GetTokenForTeamsUserOptions(Server.MEMBER_TOKEN, Server.APP, Server.MEMBER);
        assertFalse(client.getTokenForTeamsUser(options).block(WAIT).isExpired());
        var answer = client.getTokenForTeamsUserWithResponse(options).block(WAIT);
        assertEquals(200, answer.getStatusCode());
        assertFalse(answer.getValue().isExpired());
    }
}
