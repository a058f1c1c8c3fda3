// Waiting for a condition. Not for a time.

const BETWEEN_LOOKS = 50;

/** What `look` gives as soon as that is something; an error in it counts as nothing yet. */
export async function eventually(look, { within = 15_000, says = "the condition" } = {}) {
    const end = Date.now() + within;
    let last;
    for (;;) {
        try {
            const seen = await look();
            if (seen) return seen;
            last = undefined;
        } catch (error) {
            last = error;
        }
        if (Date.now() > end) throw new Error(`${says} did not come true within ${within} ms`, { cause: last });
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    }
}
