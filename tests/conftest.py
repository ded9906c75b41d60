"""What every test may rely on."""
import signal

# a shell that starts jobs in the background lets them, and all their children, ignore interrupts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
