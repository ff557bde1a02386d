// Writes what the packages offer and which tests call it. The methods come from reflection over the packages' own
// archives, the calls from the compiled tests: a test counts for a method if its code leads to a call of it and to an
// assertion; a call that stands inside an expected refusal does not count. Lines, parted by tabs:
//   method PACKAGE VERSION METHOD    call PACKAGE METHOD FILE TEST    test FILE TEST passed|failed
package parvis;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Found by the test runner through META-INF/services. */
public final class LedgerListener implements TestExecutionListener {
    /** One class of each archive; everything public beside it counts. */
    private static final List<Class<?>> ARCHIVES = List.of(
        com.azure.communication.identity.CommunicationIdentityClient.class,
        com.azure.communication.chat.ChatClient.class,
        com.azure.communication.rooms.RoomsClient.class);

    private static final String ASSERTIONS = "org/junit/jupiter/api/Assertions.";
    /** What a call is wrapped in that has to be refused. */
    private static final String REFUSAL = "org/junit/jupiter/api/function/Executable";

    /** Outcome by test; a test with parameters passed if all its runs did. */
    private final Map<String, Boolean> outcomes = new TreeMap<>();
    /** What each method of our own classes calls. */
    private final Map<String, Set<String>> calls = new HashMap<>();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest()) {
            boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
            outcomes.merge(nameOf(test), passed, Boolean::logicalAnd);
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        if (test.isTest()) {
            outcomes.put(nameOf(test), false);
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        String file = System.getenv("PARVIS_LEDGER");
        if (file == null) {
            return;
        }
        try {
            readOwnClasses();
            Map<String, Set<String>> testsByMethod = new HashMap<>();
            List<String> lines = new ArrayList<>();
            for (String test : outcomes.keySet()) {
                Set<String> reached = reachableFrom(test);
                if (reached.stream().anyMatch(called -> called.startsWith(ASSERTIONS))) {
                    reached.forEach(called -> testsByMethod.computeIfAbsent(called, none -> new TreeSet<>()).add(test));
                }
                lines.add("test\t" + fileAndName(test) + "\t" + (outcomes.get(test) ? "passed" : "failed"));
            }
            for (Class<?> archive : ARCHIVES) {
                lines.addAll(linesOf(archive, testsByMethod));
            }
            Files.write(Path.of(file), lines);
        } catch (IOException | ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    /** `parvis/ChatTest.aTest` as `ChatTest.java` and `aTest`. */
    private static String fileAndName(String test) {
        return test.substring(test.lastIndexOf('/') + 1).replaceFirst("\\.", ".java\t");
    }

    private static String nameOf(TestIdentifier test) {
        MethodSource source = (MethodSource) test.getSource().orElseThrow();
        return source.getClassName().replace('.', '/') + "." + source.getMethodName();
    }

    private List<String> linesOf(Class<?> archive, Map<String, Set<String>> testsByMethod)
        throws IOException, ReflectiveOperationException {
        Path jar = Path.of(archive.getProtectionDomain().getCodeSource().getLocation().getPath());
        String stem = jar.getFileName().toString().replaceFirst("\\.jar$", "");
        int dash = stem.lastIndexOf('-');
        List<String> lines = new ArrayList<>();
        String name = stem.substring(0, dash);
        for (Executable member : membersOf(archive, jar)) {
            lines.add("method\t" + name + "\t" + stem.substring(dash + 1) + "\t" + shown(member));
            for (String test : testsByMethod.getOrDefault(keyOf(member), Set.of())) {
                lines.add("call\t" + name + "\t" + shown(member) + "\t" + fileAndName(test));
            }
        }
        return lines;
    }

    /** Everything public that the archive itself declares, what the compiler added left out. */
    private static List<Executable> membersOf(Class<?> archive, Path jar)
        throws IOException, ReflectiveOperationException {
        List<Executable> members = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            String root = archive.getPackageName().replace('.', '/') + "/";
            for (String entry : file.stream().map(entry -> entry.getName()).sorted().toList()) {
                if (!entry.startsWith(root) || !entry.endsWith(".class") || entry.contains("/implementation/")) {
                    continue;
                }
                Class<?> type = Class.forName(entry.replaceFirst("\\.class$", "").replace('/', '.'));
                if (Modifier.isPublic(type.getModifiers())) {
                    Stream.concat(Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
                        .filter(member -> Modifier.isPublic(member.getModifiers()) && !member.isSynthetic())
                        .forEach(members::add);
                }
            }
        }
        members.sort((one, other) -> shown(one).compareTo(shown(other)));
        return members;
    }

    private static String shown(Executable member) {
        String parameters = Arrays.stream(member.getParameterTypes()).map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
        String owner = member.getDeclaringClass().getSimpleName();
        return member instanceof Constructor ? "new " + owner + parameters : owner + "." + member.getName() + parameters;
    }

    private static String keyOf(Executable member) {
        String owner = Type.getInternalName(member.getDeclaringClass());
        return member instanceof Method method
            ? owner + "." + method.getName() + Type.getMethodDescriptor(method)
            : owner + ".<init>" + Type.getConstructorDescriptor((Constructor<?>) member);
    }

    private Set<String> reachableFrom(String test) {
        // A test's class is set up by its constructors and initialisers before it runs.
        String owner = test.substring(0, test.lastIndexOf('.'));
        List<String> open = new ArrayList<>(calls.keySet().stream().filter(method ->
            method.startsWith(test + "(") || method.startsWith(owner + ".<")).toList());
        Set<String> reached = new HashSet<>(open);
        while (!open.isEmpty()) {
            for (String called : calls.getOrDefault(open.remove(open.size() - 1), Set.of())) {
                if (reached.add(called)) {
                    open.add(called);
                }
            }
        }
        return reached;
    }

    private void readOwnClasses() throws IOException {
        Path root = Path.of(LedgerListener.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                ClassReader reader = new ClassReader(Files.readAllBytes(file));
                reader.accept(new Calls(reader.getClassName()), ClassReader.SKIP_DEBUG);
            }
        }
    }

    /** Collects the calls and method references of one class. */
    private final class Calls extends ClassVisitor {
        private final String owner;

        Calls(String owner) {
            super(Opcodes.ASM9);
            this.owner = owner;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String form, String generic, String[] thrown) {
            Set<String> called = calls.computeIfAbsent(owner + "." + name + form, none -> new HashSet<>());
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitMethodInsn(int code, String type, String method, String shape, boolean inInterface) {
                    called.add(type + "." + method + shape);
                }

                @Override
                public void visitInvokeDynamicInsn(String method, String shape, Handle maker, Object... arguments) {
                    if (Type.getReturnType(shape).getInternalName().equals(REFUSAL)) {
                        return;
                    }
                    for (Object argument : arguments) {
                        if (argument instanceof Handle handle) {
                            called.add(handle.getOwner() + "." + handle.getName() + handle.getDesc());
                        }
                    }
                }
            };
        }
    }
}
