"""A notebook's kernel, forked from a process that has imported torch already.

A kernel started in the ordinary way spends two seconds of a processor on imports before its first
cell. Here a process is forked while its parent has neither threads nor sockets; it waits, and
becomes the kernel once Jupyter says with which command and in which folder.
"""

import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
import threading

from jupyter_client.provisioning import LocalProvisioner

from trainingtips.press.base import limits

MEMORY = limits.Setting("TRAININGTIPS_NOTEBOOK_MEMORY", 8, "GiB")  # beyond what the imports take
_LAUNCHER = "ipykernel_launcher"
_SHOWN_IN_CELLS = "module://matplotlib_inline.backend_inline"  # a kernel's, where it is the first


class Standby:
    """A process that will be a kernel. It ends when this process does, or closes the line."""

    def __init__(self):
        asked, self.line = multiprocessing.Pipe(duplex=False)
        self.pid, self.status = os.fork(), None
        if not self.pid:
            self.line.close()
            _become_kernel(asked)
        asked.close()

    def launch(self, cmd, env, cwd):
        """Become the kernel that `cmd` starts, with that environment in that folder."""
        self.line.send((cmd[cmd.index("-f") :], env, cwd))  # -f and the file with the sockets

    # as of a subprocess.Popen, for Jupyter

    stdin = stdout = stderr = None

    def poll(self):
        return self._wait(os.WNOHANG)

    def wait(self):
        return self._wait(0)

    def send_signal(self, number):
        if self.status is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def _wait(self, how):
        if self.status is None:
            pid, status = os.waitpid(self.pid, how)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status


def _become_kernel(asked):
    """In the forked process: wait for the command, and be the kernel until the parent ends."""
    status = 1
    try:
        os.setsid()  # an interrupt is for the builder to decide on, as with any kernel
        arguments, env, cwd = asked.recv()
        threading.Thread(target=_end_with_parent, args=(asked,), daemon=True).start()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # what the kernel itself says is no answer of the parent's
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        limits.limit_memory(MEMORY.value())
        if "matplotlib" in sys.modules:
            sys.modules["matplotlib"].use(_SHOWN_IN_CELLS)
        sys.argv = [_LAUNCHER, *arguments]
        runpy.run_module(_LAUNCHER, run_name="__main__")
        status = 0
    except EOFError:  # no command came: the parent has ended, or has closed the line
        pass
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # nothing of the parent's is to be ended here


def _end_with_parent(line):
    with contextlib.suppress(EOFError, OSError):
        line.recv()
    os._exit(1)


class Forked(LocalProvisioner):
    """Gives Jupyter the kernel of a `Standby`: set as the `provisioner` of a kernel manager."""

    standby = None

    async def launch_kernel(self, cmd, **given):
        self.standby.launch(cmd, given["env"], given.get("cwd") or os.getcwd())
        self.process, self.pid = self.standby, self.standby.pid
        self.pgid = self.pid
        self.cwd = given.get("cwd")
        return self.connection_info


def manager(standby):
    """A Jupyter kernel manager whose kernel is `standby`, once it starts it."""
    from jupyter_client.manager import AsyncKernelManager

    found = AsyncKernelManager(kernel_name="python3")
    found.provisioner = Forked(kernel_spec=found.kernel_spec, parent=found)
    found.provisioner.standby = standby
    return found
