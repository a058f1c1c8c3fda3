// A member of a group of high impact: the right code leads to a screen that says from when the password can be set.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { pinnedFonts } from "./support/fonts.js";
import { addAxe, checkScreen } from "./support/screen-checks.js";
import { SCREENS, Wizard } from "./support/wizard.js";

const USERNAME = "G.Oezdemir";
const BOARD = '["CN=Directie,CN=Users,DC=pantein,DC=grp"]';

let demo;
let browser;
before(async () => {
    demo = await startDemo(undefined, { RESET__DIRECTORY__HIGH_IMPACT_GROUPS: BOARD });
    browser = await startBrowser(await pinnedFonts());
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true });

/** The notices to the user: `{ way, text }`. */
async function notices() {
    const answer = await fetch(`${demo.person(USERNAME).phone}/berichten`);
    return (await answer.json()).filter(({ text }) => text.includes("/dit-was-ik-niet/"));
}

test("An account of high impact waits; a reload and a second verification show the same time; notices are sent once.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await addAxe(context);
        const wizard = new Wizard(page, demo);
        const lead = page.locator("p.lead").first();
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, USERNAME);
        await wizard.submitCode(await demo.code(USERNAME));
        await heading(page, "Je account heeft extra beveiliging").waitFor();
        const text = await lead.innerText();
        assert.match(text, /^Je kunt je wachtwoord instellen vanaf \d+ [a-z]+ \d{4} om \d{2}\.\d{2} uur\.$/u);
        assert.equal(await page.locator("input[type=password]").count(), 0);
        assert.deepEqual(await checkScreen(page), []);

        await wizard.reload();
        await heading(page, "Je account heeft extra beveiliging").waitFor();
        assert.equal(await lead.innerText(), text);

        const sent = await eventually(
            async () => {
                const found = await notices();
                return ["mail", "sms"].every((way) => found.some((notice) => notice.way === way)) && found;
            },
            { timeout: 60_000, description: "a notice by mail and by SMS" },
        );
        await wizard.button("Opnieuw beginnen").click();
        await wizard.isAt(SCREENS.username);
        await wizard.advanceTo(SCREENS.code, USERNAME);
        await wizard.submitCode(await demo.code(USERNAME));
        await heading(page, "Je account heeft extra beveiliging").waitFor();
        assert.equal(await lead.innerText(), text, "the wait was not started again");
        assert.equal((await notices()).length, sent.length);
    }));
