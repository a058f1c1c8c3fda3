// Every screen and the main notices, looked at in every way: axe with contrast, light and dark, 320 px, and
// pictures in target/screenshots. Not what the screens say or do.

import { after, before, test } from "node:test";
import { DESKTOP, startBrowser, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { bringAxe, look, picture } from "./support/looks.js";
import { Registration } from "./support/registration.js";
import { NEW_PASSWORD, SCREENS, Wizard } from "./support/wizard.js";

const REFERENCE = "K7Q2-9F4M";

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

async function openAll(page) {
    await page.locator("details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
}

async function walkLooking(language, username, seen) {
    await withPage(browser, demo, DESKTOP, async (page, context) => {
        await bringAxe(context);
        const wizard = new Wizard(page, demo, language);
        if (language === "en") await context.addInitScript(() => localStorage.setItem("language", "en"));
        await wizard.open();
        await wizard.isAt(SCREENS.username);
        await seen(page, `1-username-${language}`);
        await openAll(page);
        await seen(page, `1-username-rules-${language}`);
        await wizard.giveUsername(username);
        await wizard.isAt(SCREENS.birthdate);
        await wizard.field("birthdate").fill(demo.person(username).typedBirthdate);
        await seen(page, `2-birthdate-${language}`);
        await wizard.next.click();
        await wizard.isAt(SCREENS.code);
        await seen(page, `3-code-${language}`);
        await openAll(page);
        await seen(page, `3-code-none-${language}`);
        await wizard.pass(SCREENS.code, username);
        await wizard.isAt(SCREENS.password);
        await seen(page, `4-password-${language}`);
        await wizard.typePassword("qwerty123", "q");
        await wizard.strength();
        await seen(page, `4-password-weak-${language}`);
        await wizard.typePassword(NEW_PASSWORD);
        await wizard.hasCheck(language === "nl" ? "Moeilijk te raden" : "Hard to guess", "met");
        await seen(page, `4-password-strong-${language}`);
        await wizard.next.click();
        await wizard.isAt(SCREENS.done);
        await seen(page, `5-done-${language}`);
    });
}

test("Every screen is free of what axe finds, in light and dark, and fits 320 pixels.", () =>
    walkLooking("nl", "A.Janssen", look));

test("Every screen is pictured in English too.", () => walkLooking("en", "G.Oezdemir", picture));

test("Every kind of notice is free of what axe finds, in light and dark, and fits 320 pixels.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await bringAxe(context);
        const wizard = new Wizard(page, demo);
        await wizard.open();
        await wizard.giveUsername("");
        await wizard.isTold("Er klopt iets niet");
        await look(page, "error-1-empty");
        await wizard.walkTo(SCREENS.birthdate, "B.Smits");
        for (const [status, body, title] of [
            [422, { refusal: "invalid", field: "birthdate", reason: "not_a_date" }, "Er klopt iets niet"],
            [429, { refusal: "too_many", retry_after: 600 }, "Er is te vaak geprobeerd"],
            [503, { refusal: "unavailable", reference: REFERENCE, retry_after: 30 }, "Het lukt nu even niet"],
            [500, { refusal: "fault", reference: REFERENCE }, "Er ging iets mis bij ons"],
        ]) {
            await wizard.answer("birthdate", status, body);
            await wizard.giveBirthdate("29-02-1992");
            await wizard.isTold(title);
            await look(page, `error-2-${body.refusal}`);
        }
        await context.setOffline(true);
        await wizard.next.click();
        await wizard.sees("Geen verbinding");
        await look(page, "error-2-offline");
        await context.setOffline(false);
        await wizard.isAt(SCREENS.code);
        await wizard.answer("code", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 1 });
        await wizard.giveCode("12345678");
        await wizard.isTold("We weten nog niet zeker dat jij het bent");
        await look(page, "error-3-not_verified");
        await wizard.pass(SCREENS.code, "B.Smits");
        await wizard.isAt(SCREENS.password);
        await wizard.givePassword("pantein");
        await wizard.isTold("Dit wachtwoord kan niet");
        await look(page, "error-4-weak_password");
        await wizard.answer("password", 503, { refusal: "outcome_unknown", reference: REFERENCE });
        await wizard.givePassword(NEW_PASSWORD);
        await wizard.isTold("We weten niet of het gelukt is");
        await look(page, "error-4-outcome_unknown");
        await wizard.answer("password", 409, { refusal: "start_again" });
        await wizard.next.click();
        await wizard.isTold("Begin opnieuw");
        await look(page, "error-1-start_again");
        await page.route("**/api/reset/current", (route) => route.fulfill({ status: 409, json: { refusal: "in_progress" } }));
        await wizard.reload();
        await wizard.sees("Een ogenblik, we zijn nog bezig.");
        await look(page, "1-username-still-busy");
    }));

test("The warning that time is running out, and the choice of ways, are looked at too.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await bringAxe(context);
        const wizard = new Wizard(page, demo);
        await page.clock.install();
        await wizard.open();
        await wizard.walkTo(SCREENS.birthdate, "C.Peters");
        await wizard.answer("birthdate", 200, {
            step: "code", username: "C.Peters", ways: ["TOKEN", "OTP"], way: "OTP", resend_after: 30, expires_in: 900,
        });
        await wizard.pass(SCREENS.birthdate, "C.Peters");
        await wizard.isAt(SCREENS.code);
        await wizard.page.getByRole("radio", { name: "Per sms of mail", exact: true }).waitFor();
        await look(page, "3-code-ways");
        await page.clock.fastForward("13:30");
        await wizard.sees("Je hebt nog 2 minuten.");
        await look(page, "3-code-expiring");
    }));

test("The screens of the registration are free of what axe finds, in light and dark, and fit 320 pixels.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await bringAxe(context);
        const registration = new Registration(page, demo);
        await registration.open();
        await openAll(page);
        await look(page, "r1-sign-in");
        await registration.signIn("E.Hendriks", "Verkeerd-123!");
        await registration.isTold("Gebruikersnaam of wachtwoord klopt niet");
        await look(page, "r1-sign-in-wrong");
        await registration.signIn("E.Hendriks", demo.details.first_password);
        await registration.isAt("overview");
        await look(page, "r3-overview-nothing");
        await registration.giveBirthdate("32-13-1990");
        await registration.isTold("Er klopt iets niet");
        await look(page, "r4-birthdate-wrong");
        await registration.field("birthdate").fill("24-12-1990");
        await registration.button("Opslaan").click();
        await registration.isAt("overview");
        await registration.activationLink();
        await openAll(page);
        await look(page, "r7-activation");
    }));

test("What the owner of an app sees, and the practice run, are looked at too.", () =>
    withPage(browser, demo, DESKTOP, async (page, context) => {
        await bringAxe(context);
        const registration = new Registration(page, demo);
        await registration.open();
        await registration.signIn("F.Vermeulen", demo.details.first_password);
        await registration.isAt("code");
        await look(page, "r2-code");
        await registration.giveCode(await demo.code("F.Vermeulen"));
        await registration.isAt("overview");
        await openAll(page);
        await look(page, "r3-overview-ready");
        await registration.practise();
        await new Wizard(page, demo).isAt(SCREENS.birthdate);
        await look(page, "practice-2-birthdate");
    }));
