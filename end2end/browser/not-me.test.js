// The link in a notification («Dit was ik niet»): from the mail to the frozen account, and back with `unfreeze`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { DESKTOP, PHONE, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { eventually } from "./support/eventually.js";
import { pinnedFonts } from "./support/fonts.js";
import { addAxe, checkScreen } from "./support/screen-checks.js";
import { SCREENS, Wizard } from "./support/wizard.js";

const FIRST = "Vlieger-Kastanje-7-Tuba";
const SECOND = "Lantaarn-Oester-3-Fagot";

let demo;
let browser;
before(async () => {
    demo = await startDemo();
    browser = await startBrowser(await pinnedFonts());
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

/** Runs a command of the product with the settings of the demo, and returns what it prints. */
async function command(...words) {
    const { stdout } = await promisify(execFile)(demo.product, [...words, "--settings", demo.details.settings]);
    return stdout;
}

async function reset(page, username, password) {
    // Another browser: without the finished session of an earlier reset.
    await page.context().clearCookies();
    const wizard = new Wizard(page, demo);
    await wizard.open();
    await wizard.advanceTo(SCREENS.password, username);
    await wizard.submitPassword(password);
    await wizard.isAt(SCREENS.done);
}

/** Waits for the link in the latest notification on a channel. */
function linkTo(username, channel) {
    return eventually(
        async () => {
            const answer = await fetch(`${demo.person(username).phone}/berichten`);
            const texts = (await answer.json()).filter(({ way }) => way === channel).map(({ text }) => text);
            return texts.at(-1)?.match(/https?:\/\/\S+\/dit-was-ik-niet\/\S+/u)?.[0];
        },
        { timeout: 60_000, description: `a link to ${username} by ${channel}` },
    );
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true });

test("An owner who did not reset the password freezes the account by keyboard; the service desk lifts the freeze.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        const username = "A.Janssen";
        await reset(page, username, FIRST);
        const link = await linkTo(username, "mail");
        assert.equal(await linkTo(username, "sms"), link, "the same link on every channel");

        // A mail scanner opens the link twice, without pressing the button.
        for (const method of ["GET", "HEAD"]) assert.equal((await fetch(link, { method })).status, 200);
        await page.goto(link);
        await heading(page, "Was jij dit niet?").waitFor();
        assert.equal(await page.getByText("A.Janssen").count(), 0, "the page does not say whose account it is");

        const button = page.getByRole("button", { name: "Blokkeer mijn account" });
        for (let presses = 0; presses < 8; presses += 1) {
            await page.keyboard.press("Tab");
            if (await button.evaluate((element) => element === document.activeElement)) break;
        }
        assert.equal(await button.evaluate((element) => element.matches(":focus-visible")), true);
        await page.keyboard.press("Enter");
        await heading(page, "Je account is geblokkeerd").waitFor();
        await page.getByText("Bel nu meteen Servicedesk ICT").waitFor();
        await page.goto(link);
        await heading(page, "Je account is al geblokkeerd").waitFor();

        await page.context().clearCookies();
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.advanceTo(SCREENS.code, username);
        await wizard.submitCode(await demo.code(username));
        await wizard.summary.waitFor();
        await wizard.isAt(SCREENS.code);

        assert.match(await command("unfreeze", username), /^unfrozen, reference .*by the link of a notice/u);
        await reset(page, username, SECOND);
    }));

test("The pages of the link have no defects in light, dark and forced colours, at 1280 and 320 px, with text of 200 %.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        await addAxe(context);
        const username = "G.Oezdemir";
        await reset(page, username, FIRST);
        const link = await linkTo(username, "sms");
        const defects = [];
        for (const language of ["nl", "en"]) {
            await page.goto(`${link}?language=${language}`);
            await page.locator(`html[lang=${language}]`).waitFor();
            defects.push(...await checkScreen(page));
        }
        await page.getByRole("button", { name: "Block my account" }).click();
        await heading(page, "Your account is blocked").waitFor();
        defects.push(...await checkScreen(page));
        assert.deepEqual(defects, []);
    }));

test("The page of the link works without scripting.", () =>
    withPage(browser, demo, { ...PHONE, javaScriptEnabled: false }, async (page) => {
        const username = "B.Smits";
        await withPage(browser, demo, DESKTOP, (other) => reset(other, username, FIRST));
        await page.goto(await linkTo(username, "mail"));
        await page.getByRole("button", { name: "Blokkeer mijn account" }).tap();
        await heading(page, "Je account is geblokkeerd").waitFor();
    }));
