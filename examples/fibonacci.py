def fibonacci(n):
    """The n-th Fibonacci number, the slow way."""
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)
