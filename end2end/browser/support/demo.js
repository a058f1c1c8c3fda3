// The real product in the middle of its pretend world, started for one test file and ended with it. Not the
// browser: see browser.js.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

const built = (name) => fileURLToPath(new URL(`../../../target/debug/${name}`, import.meta.url));
const DEMO = process.env.DEMO_BINARY ?? built("demo");
const PRODUCT = process.env.PRODUCT_BINARY ?? built("wachtwoord-reset");

// A code that expires sooner may expire before the server checks it.
const MIN_SECONDS_LEFT = 5;

// A code can be used once, so a second code for the same user comes with the next 30-second step. Long enough for three.
const CODE_TIMEOUT = 100_000;

// Judgements leave in an envelope of time. How long it is has tests elsewhere; a short one keeps these short.
const SETTINGS = '[verification]\nenvelope = "250ms"\n';

/**
 * Starts a demo on free ports. The settings are TOML behind the demo's own; those of the environment go above all;
 * `options` are more of the command's own, e.g. `--https`.
 */
export async function startDemo(settings = SETTINGS, environment = {}, options = []) {
    const folder = await mkdtemp(join(tmpdir(), "wachtwoord-reset-"));
    const inside = join(folder, "demo");
    const child = spawn(
        DEMO,
        ["--port", "0", "--folder", inside, "--binary", PRODUCT, "--settings", settings, ...options],
        { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } },
    );
    // Whatever becomes of the tests: the demo ends the product itself when it is interrupted.
    const interrupt = () => child.kill("SIGINT");
    process.once("exit", interrupt);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const stop = async () => {
        process.removeListener("exit", interrupt);
        interrupt();
        await ended;
        await rm(folder, { recursive: true, force: true });
    };
    const said = [];
    const started = new Promise((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr]) {
            createInterface({ input: stream }).on("line", (line) => {
                said.push(line);
                if (line.includes("Ctrl-C ends it")) resolve();
            });
        }
        child.once("error", reject);
        child.once("exit", (status) => reject(new Error(`the demo ended (${status}):\n${said.join("\n")}`)));
    });
    try {
        await started;
    } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
    }
    const details = JSON.parse(await readFile(join(inside, "demo.json"), "utf8"));
    return new Demo(details, said, stop);
}

class Demo {
    /** demo.json. */
    details;
    /** What demo and product logged. */
    log;
    /** Ends what was started. */
    stop;
    /** The codes that `code()` returned, as `username code`. */
    #issued = new Set();

    constructor(details, log, stop) {
        this.details = details;
        this.log = log;
        this.stop = stop;
    }

    get url() {
        return this.details.url;
    }

    get origin() {
        return new URL(this.url).origin;
    }

    person(username) {
        const person = this.details.people.find((one) => one.username === username);
        if (!person) throw new Error(`nobody is called ${username}`);
        const [year, month, day] = person.birthdate.split("-");
        return { ...person, typedBirthdate: `${day}-${month}-${year}` };
    }

    /**
     * A code from the user's phone that is valid and that this method has not returned before: each code can be used
     * only once, so a second call within one 30-second step waits for the next step.
     */
    async code(username) {
        const issue = (code) => {
            const key = `${username} ${code}`;
            return !this.#issued.has(key) && this.#issued.add(key);
        };
        return this.#validCode(username, issue);
    }

    /** A code that is wrong for this user. Does not use up the code on the phone. */
    async wrongCode(username) {
        const code = await this.#validCode(username, () => true);
        return String((Number(code[0]) + 5) % 10) + code.slice(1);
    }

    /** Waits for a code on the user's phone that has time left and that `accepts` takes. */
    async #validCode(username, accepts) {
        return eventually(
            async () => {
                const answer = await fetch(this.person(username).phone, { headers: { accept: "application/json" } });
                const { code, valid_for } = await answer.json();
                return valid_for >= MIN_SECONDS_LEFT && accepts(code) && code;
            },
            { within: CODE_TIMEOUT, says: `an unused code on ${username}'s phone` },
        );
    }
}
