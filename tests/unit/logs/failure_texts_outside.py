"""Failures by limits, rights, transfers and Docker."""

from typing import Final

from short_logs import Case, circle, github, gitlab, jenkins, travis, travis_stopped

OUTSIDE: Final = (
    Case(
        "no output for too long",
        "timeout",
        "travis",
        (
            "$ make check\nRunning CoreTest\n\n\n"
            "No output has been received in the last 10m0s, this potentially indicates a stalled build or "
            "something wrong with the build itself.\n\nThe build has been terminated\n"
        ),
    ),
    Case(
        "a job that took too long",
        "timeout",
        "travis",
        (
            "$ make check\nRunning CoreTest\n\n"
            "The job exceeded the maximum time limit for jobs, and has been terminated.\n"
        ),
    ),
    Case(
        "a step that took too long",
        "timeout",
        "github",
        github(
            "make check",
            "CoreTest ... ok\nNetTest ...",
            last="##[error]The action 'make check' has timed out after 10 minutes.",
        ),
    ),
    Case(
        "a job of GitLab that took too long",
        "timeout",
        "gitlab",
        gitlab("NetTest ...", "ERROR: Job failed: execution took longer than 1h0m0s seconds"),
    ),
    Case(
        "a build of Jenkins that took too long",
        "timeout",
        "jenkins",
        (
            "Started by timer\n+ make check\nNetTest ...\n"
            "Build timed out (after 60 minutes). Marking the build as aborted.\nBuild was aborted\n"
            "Finished: ABORTED\n"
        ),
    ),
    Case(
        "a silence on CircleCI",
        "timeout",
        "circle",
        circle("NetTest ...", "Too long with no output (exceeded 10m0s): context deadline exceeded"),
    ),
    Case(
        "a key that is not accepted",
        "permission_denied",
        "travis",
        travis(
            "git clone git@forge.example:acme/core",
            ("Cloning into 'core'...\nPermission denied (publickey).\nfatal: Could not read from remote repository."),
            code=128,
        ),
    ),
    Case(
        "a token that may not push",
        "permission_denied",
        "github",
        github(
            "git push",
            (
                "remote: Permission to acme/widgets.git denied to helper-bot.\n"
                "fatal: unable to access 'https://forge.example/acme/widgets.git/': The requested URL returned "
                "error: 403"
            ),
            code=128,
        ),
    ),
    Case(
        "a token that may not comment",
        "permission_denied",
        "github",
        github("acme/comment@v1", "Posting the comment", last="##[error]Resource not accessible by integration"),
    ),
    Case(
        "a script that is not executable",
        "permission_denied",
        "github",
        github("./build.sh", "/srv/_temp/9.sh: line 1: ./build.sh: Permission denied", code=126),
    ),
    Case(
        "an input that is empty",
        "env_variable_missing",
        "github",
        github("acme/deploy@v2", "Deploying", last="##[error]Input required and not supplied: token"),
    ),
    Case(
        "a variable that the shell misses",
        "env_variable_missing",
        "gitlab",
        gitlab("./deploy.sh: line 7: RELEASE_BUCKET: unbound variable"),
    ),
    Case(
        "a variable that a program misses",
        "env_variable_missing",
        "circle",
        circle("Error: environment variable DATABASE_URL is not set"),
    ),
    Case(
        "a name that is not resolved",
        "network_error",
        "github",
        github("./get.sh", "curl: (6) Could not resolve host: files.example.org", code=6),
    ),
    Case(
        "a download that is refused",
        "network_error",
        "travis",
        travis(
            "./get.sh",
            (
                "HTTP request sent, awaiting response... 403 Forbidden\n"
                "2031-01-01 10:00:00 ERROR 403: Forbidden.\n\n"
                "tar (child): core.tar.gz: Cannot open: No such file or directory\n"
                "tar: Error is not recoverable: exiting now"
            ),
        ),
    ),
    Case(
        "a repository that is not cloned",
        "network_error",
        "jenkins",
        (
            "Started by timer\nCloning repository https://forge.example/acme/widgets.git\n"
            "ERROR: Error cloning remote repo 'origin'\n"
            'hudson.plugins.git.GitException: Command "git fetch" returned status code 128:\n'
            "stderr: fatal: unable to access 'https://forge.example/acme/widgets.git/': The requested URL "
            "returned error: 503\n\n\tat org.example.Git.run(Git.java:9)\nFinished: FAILURE\n"
        ),
    ),
    Case(
        "a package list that is gone",
        "network_error",
        "travis",
        travis_stopped(
            "sudo apt-get install -qq libwidget",
            (
                "Failed to fetch http://archive.example/libwidget_1.0_amd64.deb  404  Not Found [IP: 203.0.113.7 "
                "80]\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?"
            ),
            100,
        ),
    ),
    Case(
        "a full disk",
        "resource_exhaustion",
        "jenkins",
        jenkins(
            "error: unable to write file src/core.c: No space left on device\nfatal: unable to checkout working tree"
        ),
    ),
    Case(
        "a process that was killed",
        "resource_exhaustion",
        "travis",
        travis(
            "make check",
            "Running CoreTest\n/opt/ci/run.sh: line 57:   619 Killed                  make check",
            code=137,
        ),
    ),
    Case(
        "a runner that went away",
        "resource_exhaustion",
        "github",
        github(
            "make check",
            "CoreTest ... ok",
            last=(
                "##[error]The runner has received a shutdown signal. This can happen when the runner service is "
                "stopped, or a manually started runner is canceled."
            ),
        ),
    ),
    Case(
        "an image of BuildKit",
        "docker_build",
        "github",
        github(
            "docker buildx build .",
            (
                "#6 [2/3] RUN pip install -r requirements.txt\n"
                '#6 ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: '
                "exit code: 1\n------\nDockerfile:4\n--------------------\n"
                'ERROR: failed to solve: process "/bin/sh -c pip install -r requirements.txt" did not complete '
                "successfully: exit code: 1"
            ),
        ),
    ),
    Case(
        "an image of the old builder",
        "docker_build",
        "travis",
        travis(
            "docker build .",
            (
                "Step 4/9 : RUN make\n ---> Running in 0a1b2c3d\n"
                "make: *** No rule to make target 'all'.  Stop.\n"
                "The command '/bin/sh -c make' returned a non-zero code: 2"
            ),
            code=2,
        ),
    ),
    Case(
        "an image of Compose",
        "docker_build",
        "gitlab",
        gitlab(
            "Step 2/4 : COPY dist /srv\nService 'web' failed to build: COPY failed: file not found in build context"
        ),
    ),
    Case(
        "an image whose last step is all that is told",
        "docker_build",
        "jenkins",
        jenkins("Step 3/7 : COPY widgets.conf /etc/widgets.conf\nlstat widgets.conf: no such file or directory"),
    ),
    Case(
        "a script that fails after the image was built",
        "unknown",
        "jenkins",
        jenkins(
            "Step 7/7 : CMD make\n ---> 0a1b2c3d4e5f\nSuccessfully built 0a1b2c3d4e5f\n"
            "Successfully tagged acme/widgets:9\n+ ./release.sh\nthe release is not ready"
        ),
    ),
    Case(
        "a repository that a token does not open",
        "permission_denied",
        "gitlab",
        gitlab(
            "fatal: unable to access 'https://forge.example/w.git/': The requested URL returned error: 403",
        ),
    ),
    Case(
        "a repository whose server is down",
        "network_error",
        "gitlab",
        gitlab("fatal: unable to access 'https://forge.example/w.git/': The requested URL returned error: 502"),
    ),
    Case(
        "a commit of a submodule that was never pushed",
        "unknown",
        "github",
        github("git submodule update", "fatal: remote error: upload-pack: not our ref 0a1b2c3d", code=128),
    ),
    Case(
        "a name on a registry that one may not publish to",
        "permission_denied",
        "github",
        github(
            "npm publish",
            "npm ERR! code E403\nnpm ERR! 403 403 Forbidden - PUT https://registry.example/widgets - You do not have "
            'permission to publish "widgets".',
        ),
    ),
    Case(
        "credentials that are nowhere",
        "env_variable_missing",
        "circle",
        circle("Unable to locate credentials. You can name a profile, or set them up first."),
    ),
    Case(
        "a worker of Gradle that was killed",
        "resource_exhaustion",
        "github",
        github("./gradlew build", "> Process 'Gradle Test Executor 1' finished with non-zero exit value 137"),
    ),
)
