// The Rooms package's synchronous client.
package parvis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static parvis.Server.refused;

import com.azure.communication.rooms.RoomsClient;
import com.azure.communication.rooms.RoomsClientBuilder;
import com.azure.communication.rooms.models.CreateRoomOptions;
import com.azure.communication.rooms.models.ParticipantRole;
import com.azure.communication.rooms.models.RoomParticipant;
import com.azure.communication.rooms.models.UpdateRoomOptions;
import com.azure.core.util.Context;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RoomsTest {
    private final RoomsClient client =
        new RoomsClientBuilder().connectionString(Server.CONNECTION_STRING).buildClient();
    private final Server.Person alice = Server.person("Alice");
    private final Server.Person bob = Server.person("Bob");

    // [N3]
    @Test
    void aRoomIsMadeWithItsPeople() {
        var options = options();
        var room = client.createRoom(options);
        assertTrue(room.getRoomId().matches("[0-9]{16,17}"), room.getRoomId());
        assertSame(options.getValidFrom(), room.getValidFrom());
        assertSame(options.getValidUntil(), room.getValidUntil());
        assertSame(OffsetDateTime.now(), room.getCreatedAt());
        assertEquals(Map.of(alice.id().getRawId(), ParticipantRole.PRESENTER,
            bob.id().getRawId(), ParticipantRole.ATTENDEE), roles(room.getRoomId()));
        assertEquals(201, client.createRoomWithResponse(options(), Context.NONE).getStatusCode());
    }

    // [N3]
    @Test
    void aRoomWithoutOptionsLastsHalfAYear() {
        var room = client.createRoom(new CreateRoomOptions());
        assertSame(room.getValidFrom().plusDays(180), room.getValidUntil());
        assertEquals(Map.of(), roles(room.getRoomId()));
    }

    // [N3]
    @Test
    void aRoomIsReadAndChanged() {
        var id = client.createRoom(options()).getRoomId();
        assertEquals(id, client.getRoom(id).getRoomId());
        assertEquals(200, client.getRoomWithResponse(id, Context.NONE).getStatusCode());
        var later = OffsetDateTime.now().plusDays(3).truncatedTo(ChronoUnit.SECONDS);
        var change = new UpdateRoomOptions().setValidFrom(later).setValidUntil(later.plusDays(1));
        assertEquals(later, change.getValidFrom());
        var changed = client.updateRoom(id, change);
        assertSame(later, changed.getValidFrom());
        assertSame(change.getValidUntil(), client.getRoom(id).getValidUntil());
        var answer = client.updateRoomWithResponse(id, change.setValidUntil(later.plusDays(2)), Context.NONE);
        assertEquals(200, answer.getStatusCode());
        assertSame(later.plusDays(2), answer.getValue().getValidUntil());
    }

    // [N3]
    @Test
    void aDeletedRoomIsGone() {
        var first = client.createRoom(options()).getRoomId();
        client.deleteRoom(first);
        refused(404, () -> client.getRoom(first));
        var second = client.createRoom(options()).getRoomId();
        assertEquals(204, client.deleteRoomWithResponse(second, Context.NONE).getStatusCode());
        refused(404, () -> client.updateRoom(second, new UpdateRoomOptions()));
    }

    // [N3]
    @Test
    void roomsAreListed() {
        var made = client.createRoom(options()).getRoomId();
        assertTrue(client.listRooms().stream().anyMatch(room -> room.getRoomId().equals(made)));
        assertTrue(client.listRooms(Context.NONE).stream().allMatch(room -> room.getCreatedAt() != null));
    }

    // [N3]
    @Test
    void peopleAreAddedChangedAndRemoved() {
        var id = client.createRoom(new CreateRoomOptions()).getRoomId();
        var consumer = new RoomParticipant(alice.id()).setRole(ParticipantRole.CONSUMER);
        assertNotNull(client.addOrUpdateParticipants(id, List.of(consumer)));
        assertEquals(Map.of(alice.id().getRawId(), ParticipantRole.CONSUMER), roles(id));
        var both = List.of(new RoomParticipant(alice.id()).setRole(ParticipantRole.PRESENTER),
            new RoomParticipant(bob.id()));
        assertEquals(200, client.addOrUpdateParticipantsWithResponse(id, both, Context.NONE).getStatusCode());
        assertEquals(Map.of(alice.id().getRawId(), ParticipantRole.PRESENTER,
            bob.id().getRawId(), ParticipantRole.ATTENDEE), roles(id));
        assertNotNull(client.removeParticipants(id, List.of(alice.id())));
        assertEquals(200, client.removeParticipantsWithResponse(id, List.of(bob.id()), Context.NONE).getStatusCode());
        assertEquals(0, client.listParticipants(id, Context.NONE).stream().count());
    }

    // [N3]
    @Test
    void nonsenseIsRefused() {
        var now = OffsetDateTime.now();
        refused(400, () -> client.createRoom(
            new CreateRoomOptions().setValidFrom(now.plusDays(2)).setValidUntil(now.plusDays(1))));
        refused(400, () -> client.createRoom(
            new CreateRoomOptions().setValidFrom(now).setValidUntil(now.plusDays(181))));
        refused(400, () -> client.getRoom("1"));
        refused(404, () -> client.getRoom("99999999999999999"));
    }

    private CreateRoomOptions options() {
        var from = OffsetDateTime.now().plusHours(1).truncatedTo(ChronoUnit.SECONDS);
        var people = List.of(new RoomParticipant(alice.id()).setRole(ParticipantRole.PRESENTER),
            new RoomParticipant(bob.id()));
        return new CreateRoomOptions().setValidFrom(from).setValidUntil(from.plusDays(1)).setParticipants(people);
    }

    private Map<String, ParticipantRole> roles(String room) {
        return client.listParticipants(room).stream().collect(Collectors.toMap(
            person -> person.getCommunicationIdentifier().getRawId(), RoomParticipant::getRole));
    }

    static void assertSame(OffsetDateTime wanted, OffsetDateTime seen) {
        var off = Duration.between(wanted, seen).abs();
        assertTrue(off.compareTo(Duration.ofSeconds(30)) < 0, "off by " + off);
    }
}
