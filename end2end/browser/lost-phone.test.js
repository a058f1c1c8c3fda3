// A lost phone with the real service: from the call to the finished reset on the next day.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { Registration } from "./support/registration.js";
import { addAxe, checkScreen } from "./support/screen-checks.js";
import { ServiceDesk } from "./support/service-desk.js";
import { SCREENS, Wizard } from "./support/wizard.js";

const EMPLOYEE = "E.Hendriks";
const PASSWORD = "Fiets-Regen-42!";
const NEW_PASSWORD = "Zomer-Kanaal-87?paars";

let demo;
let browser;
before(async () => {
    demo = await startDemo();
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

/** Opens an activation link on a simulated phone, without `withPage`, because it is not a page of the product. */
async function activateOnPhone(link) {
    const context = await browser.newContext({ locale: "nl-NL", ...PHONE });
    try {
        const phone = await context.newPage();
        await phone.goto(link);
        await phone.getByRole("button").first().tap();
        await phone.waitForURL(`**/telefoon/${EMPLOYEE}`);
    } finally {
        await context.close();
    }
}

async function registers() {
    await withPage(browser, demo, DESKTOP, async (page) => {
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn(EMPLOYEE, PASSWORD);
        await registration.isAt("overview");
        await registration.submitBirthdate("24-12-1990");
        await registration.isAt("overview");
        await registration.submitMobile("06 12345605");
        await registration.isAt("overview");
        await activateOnPhone(await registration.activationLink());
        await registration.isLinked();
    });
}

async function signedIn(page, username) {
    const desk = new ServiceDesk(page, demo);
    await desk.signIn(username, PASSWORD);
    return desk;
}

test("An employee who lost the phone gets a start code of two agents, links a new app, and resets on the next day.", async () => {
    await registers();
    await withPage(browser, demo, DESKTOP, (agentPage) => withPage(browser, demo, DESKTOP, async (leadPage) => {
        // The first agent requests a code; only the second one, a lead, approves it.
        const agent = await signedIn(agentPage, "F.Vermeulen");
        await agentPage.getByLabel("Gebruikersnaam van de medewerker").fill(EMPLOYEE);
        await agent.button("Vraag een startcode aan").click();
        await agent.sees("Eva Hendriks");
        assert.equal(await agent.button("Keur goed").count(), 0);
        const lead = await signedIn(leadPage, "G.Oezdemir");
        await lead.button("Keur goed").click();
        await lead.sees("De startcode is goedgekeurd. Je collega leest de code voor.");
        // Without a reload.
        await agent.button("Toon de startcode").click();
        const shown = agentPage.locator(".call-code [aria-hidden=true]");
        await shown.waitFor();
        const code = await shown.innerText();
        assert.match(code, /^[0-9A-Z]{4} [0-9A-Z]{4}$/u);

        // The employee links the app on another phone.
        await withPage(browser, demo, DESKTOP, async (page, context) => {
            await addAxe(context);
            const wizard = new Wizard(page, demo);
            await wizard.open();
            await wizard.button("Ik bel met de servicedesk").click();
            await wizard.button("Ik heb een startcode").click();
            await wizard.submitUsername(EMPLOYEE);
            await wizard.isAt(SCREENS.birthdate);
            await wizard.submitBirthdate("24-12-1990");
            await page.getByLabel("Startcode").fill(code);
            await wizard.button("Volgende").click();
            await page.getByRole("heading", { level: 1, name: "Koppel de app op je nieuwe telefoon" }).waitFor();
            assert.deepEqual(await checkScreen(page), []);
            await wizard.button("Koppel de app").click();
            const link = page.locator("a", { hasText: "Open Entrust Identity" });
            await link.waitFor({ state: "attached" });
            // A reload continues with the same link.
            await wizard.reload();
            await wizard.button("De app staat op mijn telefoon").click();
            await link.waitFor({ state: "attached" });
            assert.deepEqual(await checkScreen(page), []);
            await activateOnPhone(await link.getAttribute("href"));
            await page.getByRole("heading", { level: 1, name: "Je app is gekoppeld" }).waitFor();
            assert.deepEqual(await checkScreen(page), []);
        });

        // The owner was notified of the code and of the app.
        await eventually(
            async () => {
                const messages = await (await fetch(`${demo.person(EMPLOYEE).phone}/berichten`)).json();
                return ["startcode", "andere telefoon"].every((part) => messages.some(({ text }) => text.includes(part)));
            },
            { timeout: 60_000, description: "notices of the start code and of the app" },
        );
    }));

    const reset = (expected) => withPage(browser, demo, DESKTOP, async (page) => {
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.submitUsername(EMPLOYEE);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.submitBirthdate("24-12-1990");
        await wizard.isAt(SCREENS.code);
        await wizard.submitCode(await demo.code(EMPLOYEE));
        if (expected === "waits") {
            await page.getByRole("alert").getByRole("heading").waitFor();
            return;
        }
        await wizard.isAt(SCREENS.password);
        await wizard.submitPassword(NEW_PASSWORD);
        await wizard.isAt(SCREENS.done);
    });
    await reset("waits");
    const nextDay = await fetch(`${new URL(demo.details.phone).origin}/telefoon/een-dag-later`, { method: "POST" });
    assert.equal(nextDay.status, 200);
    await reset("done");

    // One command reads the day of an agent back.
    const { stdout } = await promisify(execFile)(demo.product, [
        "audit", "show", "--agent", "F.Vermeulen", "--settings", demo.details.settings,
    ]);
    for (const event of ["desk_signed_in", "start_code_requested", "start_code_shown"]) {
        assert.ok(stdout.includes(event), stdout);
    }
    assert.ok(!stdout.includes("start_code_approved"), stdout);
});
