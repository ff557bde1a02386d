// The Rooms package's asynchronous client.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.Server.WAIT;
import static parvis.Server.refused;

import com.azure.communication.rooms.RoomsAsyncClient;
import com.azure.communication.rooms.RoomsClientBuilder;
import com.azure.communication.rooms.models.CreateRoomOptions;
import com.azure.communication.rooms.models.ParticipantRole;
import com.azure.communication.rooms.models.RoomParticipant;
import com.azure.communication.rooms.models.UpdateRoomOptions;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoomsAsyncTest {
    private final RoomsAsyncClient client =
        new RoomsClientBuilder().connectionString(Server.CONNECTION_STRING).buildAsyncClient();
    private final Server.Person alice = Server.person("Alice");

    // [N3]
    @Test
    void roomsAreMadeReadChangedListedAndDeleted() {
        var first = client.createRoom(new CreateRoomOptions()).block(WAIT).getRoomId();
        var answer = client.createRoomWithResponse(new CreateRoomOptions()).block(WAIT);
        assertEquals(201, answer.getStatusCode());
        var second = answer.getValue().getRoomId();
        assertEquals(first, client.getRoom(first).block(WAIT).getRoomId());
        assertEquals(200, client.getRoomWithResponse(second).block(WAIT).getStatusCode());
        var until = OffsetDateTime.now().plusDays(7);
        var change = new UpdateRoomOptions().setValidFrom(OffsetDateTime.now()).setValidUntil(until);
        RoomsTest.assertSame(until, client.updateRoom(first, change).block(WAIT).getValidUntil());
        assertEquals(200, client.updateRoomWithResponse(second, change).block(WAIT).getStatusCode());
        var listed = client.listRooms().map(room -> room.getRoomId()).collectList().block(WAIT);
        assertTrue(listed.containsAll(List.of(first, second)));
        client.deleteRoom(first).block(WAIT);
        assertEquals(204, client.deleteRoomWithResponse(second).block(WAIT).getStatusCode());
        refused(404, () -> client.getRoom(first).block(WAIT));
    }

    // [N3]
    @Test
    void peopleAreAddedAndRemoved() {
        var id = client.createRoom(new CreateRoomOptions()).block(WAIT).getRoomId();
        var presenter = List.of(new RoomParticipant(alice.id()).setRole(ParticipantRole.PRESENTER));
        var consumer = List.of(new RoomParticipant(alice.id()).setRole(ParticipantRole.CONSUMER));
        assertNotNull(client.addOrUpdateParticipants(id, presenter).block(WAIT));
        assertEquals(List.of(ParticipantRole.PRESENTER), roles(id));
        assertEquals(200, client.addOrUpdateParticipantsWithResponse(id, consumer).block(WAIT).getStatusCode());
        assertEquals(List.of(ParticipantRole.CONSUMER), roles(id));
        assertNotNull(client.removeParticipants(id, List.of(alice.id())).block(WAIT));
        assertEquals(200, client.removeParticipantsWithResponse(id, List.of(alice.id())).block(WAIT).getStatusCode());
        assertEquals(List.of(), roles(id));
    }

    private List<ParticipantRole> roles(String room) {
        return client.listParticipants(room).map(RoomParticipant::getRole).collectList().block(WAIT);
    }
}
