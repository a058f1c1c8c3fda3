// Polls for a condition.

const POLL_INTERVAL_MS = 50;

/** Returns the first truthy result of `check`; an exception counts as not yet. Throws after `timeout` ms. */
export async function eventually(check, { timeout = 15_000, description = "the condition" } = {}) {
    const deadline = Date.now() + timeout;
    let lastError;
    for (;;) {
        try {
            const result = await check();
            if (result) return result;
            lastError = undefined;
        } catch (error) {
            lastError = error;
        }
        if (Date.now() > deadline) throw new Error(`${description} did not come true within ${timeout} ms`, { cause: lastError });
        await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
}
