"""Runs a command on a pseudo-terminal of 80 columns: what is typed comes from standard input, what it shows goes to
standard output. Ends with the command's exit code; ends the command when standard input closes."""
import fcntl, os, pty, select, signal, struct, sys, termios

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
while True:
    ready, _, _ = select.select([terminal, 0], [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if not typed:
            os.kill(child, signal.SIGKILL)
            break
        os.write(terminal, typed)
    if terminal in ready:
        try:
            shown = os.read(terminal, 4096)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
