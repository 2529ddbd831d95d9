"""What a report may say about the user's refs and files."""

from harness.domain.own_things import OwnThings

BEFORE = {"HEAD": "refs/heads/main", "refs/heads/main": "a1", "refs/heads/fix/mine": "b2", "stash": "c3", "files": "0"}


def between(after: dict[str, str] | None, made: tuple[str, ...] = (), left_out: tuple[str, ...] = ()) -> OwnThings:
    return OwnThings.between(BEFORE, after, made, left_out)


def test_equal_snapshots_are_said_to_be_compared() -> None:
    assert between(dict(BEFORE)).words == "your branches and files are as they were (compared before and after)"


def test_a_bare_repository_has_no_files_to_speak_of() -> None:
    bare = {name: value for name, value in BEFORE.items() if name != "files"}
    assert OwnThings.between(bare, bare, (), ()).words == "your branches are as they were (compared before and after)"


def test_without_a_snapshot_nothing_is_claimed() -> None:
    assert between(None).words == "whether your branches and files are as they were could not be looked up"
    assert not between(None).changed


def test_moved_refs_and_changed_files_are_named() -> None:
    after = BEFORE | {
        "refs/heads/main": "a2",
        "refs/heads/fix/mine": "b3",
        "stash": "",
        "file:a.py": "? 1",
        "files": "1",
    }
    assert between(after).changed == ("a.py", "the branch fix/mine", "the branch main", "the stash")


def test_branches_of_this_run_and_new_ones_of_other_runs_are_left_out() -> None:
    after = BEFORE | {"refs/heads/fix/mine": "b3", "refs/heads/repro/other": "d4"}
    assert between(after, made=("fix/mine",)).changed == ()


def test_only_the_folder_of_the_reports_is_left_out_and_not_its_namesakes() -> None:
    after = BEFORE | {"file:outputs/a.md": "? 1", "file:outputs2/a.md": "? 1", "file:outputs/": "?", "files": "3"}
    assert between(after, left_out=("outputs",)).changed == ("outputs2/a.md",)


def test_the_first_five_changes_are_named_and_the_others_counted() -> None:
    own = between(BEFORE | {f"file:{number}.py": "? 1" for number in range(7)} | {"files": "7"})
    assert own.words.endswith("while the run went on: 0.py, 1.py, 2.py, 3.py, 4.py and 2 more")
    assert own.words.startswith("7 of your refs and files changed")


def test_files_that_were_too_many_to_look_at_are_told() -> None:
    assert "; 3 further files that git names were too many" in between(BEFORE | {"files": "3"}).words


def test_a_name_that_a_terminal_would_obey_is_shown_escaped() -> None:
    assert between(BEFORE | {"file:a\x1b[2J": "? 1", "files": "1"}).changed == (r"'a\x1b[2J'",)
