// Tokens of a chosen life: not in the older version of the package.
package parvis.current;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.Server.SCOPES;
import static parvis.Server.WAIT;
import static parvis.Server.refused;

import com.azure.communication.identity.CommunicationIdentityAsyncClient;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.azure.communication.identity.CommunicationIdentityClientBuilder;
import com.azure.core.util.Context;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import parvis.Server;

class TokenLifeTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final CommunicationIdentityClientBuilder builder =
        new CommunicationIdentityClientBuilder().connectionString(Server.CONNECTION_STRING);
    private final CommunicationIdentityClient client = builder.buildClient();
    private final CommunicationIdentityAsyncClient async = builder.buildAsyncClient();

    // [B2][N3]
    @Test
    void aTokenLivesAsLongAsAsked() {
        var user = client.createUser();
        assertEndsIn(HOUR, client.getToken(user, SCOPES, HOUR).getExpiresAt());
        var answer = client.getTokenWithResponse(user, SCOPES, HOUR, Context.NONE);
        assertEquals(200, answer.getStatusCode());
        assertEndsIn(HOUR, answer.getValue().getExpiresAt());
    }

    // [B2][N3]
    @Test
    void aTokenMadeWithItsUserLivesAsLongAsAsked() {
        assertEndsIn(HOUR, client.createUserAndToken(SCOPES, HOUR).getUserToken().getExpiresAt());
        var answer = client.createUserAndTokenWithResponse(SCOPES, HOUR, Context.NONE);
        assertEquals(201, answer.getStatusCode());
        assertEndsIn(HOUR, answer.getValue().getUserToken().getExpiresAt());
    }

    // [B2][N3]
    @Test
    void theSameAsynchronously() {
        var user = async.createUser().block(WAIT);
        assertEndsIn(HOUR, async.getToken(user, SCOPES, HOUR).block(WAIT).getExpiresAt());
        var issued = async.getTokenWithResponse(user, SCOPES, HOUR).block(WAIT);
        assertEquals(200, issued.getStatusCode());
        assertEndsIn(HOUR, issued.getValue().getExpiresAt());
        assertEndsIn(HOUR, async.createUserAndToken(SCOPES, HOUR).block(WAIT).getUserToken().getExpiresAt());
        var made = async.createUserAndTokenWithResponse(SCOPES, HOUR).block(WAIT);
        assertEquals(201, made.getStatusCode());
        assertEndsIn(HOUR, made.getValue().getUserToken().getExpiresAt());
    }

    // [N3]
    @ParameterizedTest
    @ValueSource(ints = {59, 1441})
    void aLifeOutOfRangeIsRefused(int minutes) {
        var user = client.createUser();
        refused(400, () -> client.getToken(user, SCOPES, Duration.ofMinutes(minutes)));
    }

    private static void assertEndsIn(Duration life, OffsetDateTime expiry) {
        var off = Duration.between(OffsetDateTime.now().plus(life), expiry).abs();
        assertTrue(off.compareTo(Duration.ofMinutes(1)) < 0, "off by " + off);
    }
}
