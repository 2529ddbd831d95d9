"""Failures of jobs in Java and Scala."""

from typing import Final

from short_logs import MAVEN, Case, azure, github, gitlab, jenkins, travis

JVM: Final = (
    Case(
        "Maven's tests",
        "test_failure",
        "github",
        github(
            "mvn -B verify",
            "[ERROR] Tests run: 9, Failures: 1, Errors: 0, Skipped: 0\n"
            + MAVEN
            + (
                "org.apache.maven.plugins:maven-surefire-plugin:3.0.0:test (default-test) on project widgets: "
                "There are test failures."
            ),
        ),
    ),
    Case(
        "Maven's compiler",
        "syntax_error",
        "jenkins",
        jenkins(
            ("[ERROR] COMPILATION ERROR : \n[ERROR] /srv/widgets/src/main/java/Core.java:[12,7] cannot find symbol\n")
            + MAVEN
            + (
                "org.apache.maven.plugins:maven-compiler-plugin:3.8.1:compile (default-compile) on project "
                "widgets: Compilation failure"
            )
        ),
    ),
    Case(
        "an artifact that is not there",
        "missing_dependency",
        "travis",
        travis(
            "mvn install",
            MAVEN
            + (
                "on project widgets: Could not resolve dependencies for project org.example:widgets:jar:1.0: "
                "Could not find artifact org.example:sprockets:jar:9.9 in central (https://repo.example/maven2) "
                "-> [Help 1]"
            ),
        ),
    ),
    Case(
        "an artifact that was not transferred",
        "network_error",
        "travis",
        travis(
            "mvn install",
            MAVEN
            + (
                "on project widgets: Could not resolve dependencies for project org.example:widgets:jar:1.0: "
                "Could not transfer artifact org.example:core:jar:1.0 from/to central "
                "(https://repo.example/maven2): Connect to repo.example:443 failed: Connection timed out -> "
                "[Help 1]"
            ),
        ),
    ),
    Case(
        "Maven's style check",
        "unknown",
        "github",
        github(
            "mvn -B verify",
            MAVEN
            + (
                "org.apache.maven.plugins:maven-checkstyle-plugin:3.1.0:check (validate) on project widgets: You "
                "have 3 Checkstyle violations."
            ),
        ),
    ),
    Case(
        "Gradle's tests",
        "test_failure",
        "gitlab",
        gitlab(
            "CoreTest > area() FAILED\n    java.net.ConnectException: Connection refused: /127.0.0.1:80\n"
            "9 tests completed, 1 failed\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\n"
            "Execution failed for task ':core:test'.\n"
            "> There were failing tests. See the report at: file:///srv/widgets/index.html\n\n"
            "BUILD FAILED in 3s"
        ),
    ),
    Case(
        "Gradle's compiler",
        "syntax_error",
        "github",
        github(
            "./gradlew build",
            (
                "/srv/widgets/Core.java:12: error: ';' expected\n1 error\n\n* What went wrong:\n"
                "Execution failed for task ':core:compileJava'.\n"
                "> Compilation failed; see the compiler error output for details."
            ),
        ),
    ),
    Case(
        "Gradle's artifact",
        "missing_dependency",
        "azure",
        azure(
            "* What went wrong:\nCould not determine the dependencies of task ':core:jar'.\n"
            "> Could not resolve all files for configuration ':core:classpath'.\n"
            "   > Could not find org.example:sprockets:9.9.\n     Required by:\n         project :core"
        ),
    ),
    Case(
        "Gradle's download",
        "network_error",
        "travis",
        travis(
            "./gradlew check",
            (
                "* What went wrong:\nA problem occurred configuring root project 'widgets'.\n"
                "> Could not resolve all artifacts for configuration ':classpath'.\n"
                "   > Could not resolve org.example:core:1.0.\n"
                "      > Could not GET 'https://repo.example/core-1.0.pom'. Received status code 502 from "
                "server: Bad Gateway"
            ),
        ),
    ),
    Case(
        "Ant's tests",
        "test_failure",
        "jenkins",
        jenkins(
            "    [junit] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n\nBUILD FAILED\n"
            "/srv/widgets/build.xml:44: Test org.example.CoreTest failed"
        ),
    ),
    Case(
        "a heap that is too small",
        "resource_exhaustion",
        "gitlab",
        gitlab(
            'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space\n'
            "\tat org.example.Core.grow(Core.java:4)"
        ),
    ),
    Case(
        "a virtual machine that gets no memory",
        "resource_exhaustion",
        "travis",
        travis(
            "sbt test",
            (
                "OpenJDK 64-Bit Server VM warning: os::commit_memory(0x7, 14316, 0) failed; error='Cannot "
                "allocate memory' (errno=12)\n"
                "# There is insufficient memory for the Java Runtime Environment to continue."
            ),
        ),
    ),
    Case(
        "tests of Scala",
        "test_failure",
        "travis",
        travis(
            "sbt test",
            (
                "[info] *** 1 TEST FAILED ***\n[error] Failed tests:\n[error] \torg.example.CoreSpec\n"
                "[error] (core / Test / test) sbt.TestsFailedException: Tests unsuccessful"
            ),
        ),
    ),
)
