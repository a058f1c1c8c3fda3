// Starts the demo, the real product with simulators of all external systems, for one test file and stops it afterwards.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

const binaryPath = (name) => fileURLToPath(new URL(`../../../target/debug/${name}`, import.meta.url));
const DEMO = process.env.DEMO_BINARY ?? binaryPath("demo");
const PRODUCT = process.env.PRODUCT_BINARY ?? binaryPath("wachtwoord-reset");

// A code with less time left may expire before the server verifies it.
const MIN_SECONDS_LEFT = 5;

// A code can be used once, so a second code for the same user needs the next 30-second step. Enough for three steps.
const CODE_TIMEOUT_MS = 100_000;

// A short minimum response time keeps these tests fast; the server's tests cover its length.
const SETTINGS = '[verification]\nenvelope = "250ms"\n';

/**
 * Starts a demo on free ports. `settings` is TOML that is appended to the demo's settings, `environment` overrides both,
 * and `options` are further command line options, e.g. `--https`.
 */
export async function startDemo(settings = SETTINGS, environment = {}, options = []) {
    const folder = await mkdtemp(join(tmpdir(), "wachtwoord-reset-"));
    const demoFolder = join(folder, "demo");
    const child = spawn(
        DEMO,
        ["--port", "0", "--folder", demoFolder, "--binary", PRODUCT, "--settings", settings, ...options],
        { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } },
    );
    // Also if the tests fail: the demo stops the product when it is interrupted.
    const interrupt = () => child.kill("SIGINT");
    process.once("exit", interrupt);
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const stop = async () => {
        process.removeListener("exit", interrupt);
        interrupt();
        await exited;
        await rm(folder, { recursive: true, force: true });
    };
    const log = [];
    const started = new Promise((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr]) {
            createInterface({ input: stream }).on("line", (line) => {
                log.push(line);
                if (line.includes("Ctrl-C ends it")) resolve();
            });
        }
        child.once("error", reject);
        child.once("exit", (status) => reject(new Error(`the demo exited (${status}):\n${log.join("\n")}`)));
    });
    try {
        await started;
    } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
    }
    const details = JSON.parse(await readFile(join(demoFolder, "demo.json"), "utf8"));
    return new Demo(details, log, stop);
}

class Demo {
    /** The content of `demo.json`: addresses, people, file paths. */
    details;
    /** The output of demo and product, one line per entry. */
    log;
    /** Stops the demo and removes its folder. */
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

    /** The binary of the product, for its commands. */
    get product() {
        return PRODUCT;
    }

    get origin() {
        return new URL(this.url).origin;
    }

    person(username) {
        const person = this.details.people.find((candidate) => candidate.username === username);
        if (!person) throw new Error(`the demo has no user ${username}`);
        const [year, month, day] = person.birthdate.split("-");
        return { ...person, typedBirthdate: `${day}-${month}-${year}` };
    }

    /**
     * Returns a valid code from the user's phone that this method has not returned before. Each code can be used only
     * once, so a second call within one 30-second step waits for the next step.
     */
    async code(username) {
        const issue = (code) => {
            const key = `${username} ${code}`;
            return !this.#issued.has(key) && this.#issued.add(key);
        };
        return this.#validCode(username, issue);
    }

    /** Returns a wrong code for this user; the code on the phone stays unused. */
    async wrongCode(username) {
        const code = await this.#validCode(username, () => true);
        return String((Number(code[0]) + 5) % 10) + code.slice(1);
    }

    /** Waits for a code on the user's phone that has enough time left and for which `accepts` returns true. */
    async #validCode(username, accepts) {
        return eventually(
            async () => {
                const answer = await fetch(this.person(username).phone, { headers: { accept: "application/json" } });
                const { code, valid_for } = await answer.json();
                return valid_for >= MIN_SECONDS_LEFT && accepts(code) && code;
            },
            { timeout: CODE_TIMEOUT_MS, description: `an unused code on ${username}'s phone` },
        );
    }
}
