import os
import subprocess
import sys
import threading

from sapcore.runs import lock


def test_one_holder_at_a_time(tmp_path):
    store = tmp_path / "results.sqlite"
    assert not lock.runner_is_alive(store)
    held = lock.acquire(store)
    assert held is not None
    assert lock.acquire(store) is None
    assert lock.runner_is_alive(store)
    assert lock.runner_pid(store) is None  # nobody has signed yet
    lock.write_pid(held)
    assert lock.runner_pid(store) == os.getpid()
    os.close(held)
    assert not lock.runner_is_alive(store)
    assert lock.runner_pid(store) is None
    again = lock.acquire(store)
    assert again is not None
    os.close(again)


def test_a_child_that_inherits_the_file_keeps_the_lock_until_it_ends(tmp_path):
    store = tmp_path / "results.sqlite"
    held = lock.acquire(store)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(held,))
    os.close(held)
    assert lock.runner_is_alive(store)
    child.kill()
    child.communicate()
    assert not lock.runner_is_alive(store)


def test_a_look_at_the_lock_does_not_keep_others_from_it(tmp_path):
    store = tmp_path / "results.sqlite"
    os.close(lock.acquire(store))
    looking = threading.Event()

    def look():
        while not looking.is_set():
            lock.runner_is_alive(store)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(2000):
            held = lock.acquire(store)
            assert held is not None
            os.close(held)
    finally:
        looking.set()
        watcher.join()
