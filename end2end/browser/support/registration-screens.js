// Every screen of the registration, and every state of one, for screens.js. Not the wizard's.

const REFERENCE = "K7Q2-9F4M";
const KNOWN = { masked: "", source: "employee", since: "2026-11-20", confirmed: true, usable_in: 0 };
const NUMBER = { ...KNOWN, masked: "06-•• •• •• 78" };
const QR = { size: 45, path: "M4 4h7v7h-7zM34 4h7v7h-7zM4 34h7v7h-7zM14 14h17v3h-17zM16 20h9v9h-9zM30 22h4v12h-4z" };
const ACTIVATION = { link: "igmobileotp://?action=secactivate", qr: QR, password: "4821 7730" };

const points = (...ready) =>
    ["scope", "birthdate", "mobile", "app"].map((point, index) => ({ point, ready: ready[index] }));

function overview(changes) {
    return {
        step: "overview", username: "E.Hendriks", expires_in: 900,
        overview: {
            may_change: true, birthdate: KNOWN, mobile: NUMBER, proposed_birthdate: null, proposed_mobile: null,
            birthdate_elsewhere: false, confirming: false, app: "active", can_activate: true, activation: null,
            points: points(true, true, true, true), time: Math.floor(Date.now() / 1000), ...changes,
        },
    };
}

async function registered(registration, answer) {
    await registration.page.unroute("**/api/registration/current");
    await registration.page.route("**/api/registration/current", (route) => route.fulfill({ json: answer }));
    await registration.page.reload();
    await registration.live();
}

/** Every screen of it, put in the server's mouth: the way itself is walked in registration.test.js. */
export async function registrationScreens({ registration, page, at }) {
    const nobody = { step: "sign_in", username: null, expires_in: null, overview: null };
    await registration.open();
    await registered(registration, nobody);
    await registration.isAt("sign_in");
    await at("r1-sign-in");
    await at("r1-sign-in-privacy", { open: true });
    await registration.answer("sign_in", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 4 });
    await registration.signIn("E.Hendriks", "Verkeerd-123!");
    await registration.isTold("Gebruikersnaam of wachtwoord klopt niet");
    await at("r1-sign-in-wrong");

    await registered(registration, { ...nobody, step: "code", username: "E.Hendriks", expires_in: 900 });
    await registration.isAt("code");
    await at("r2-code");

    const nothing = overview({ birthdate: null, mobile: null, app: "none", points: points(true, false, false, false) });
    await registered(registration, nothing);
    await registration.isAt("overview");
    await at("r3-overview-nothing");
    await registration.answer("birthdate", 200, overview({ mobile: null, app: "none", points: points(true, true, false, false) }));
    await registration.giveBirthdate("32-13-1990");
    await registration.isTold("Er klopt iets niet");
    await at("r4-birthdate-wrong");
    await registration.field("birthdate").fill("24-12-1990");
    await registration.button("Opslaan").click();
    await registration.isAt("overview");
    await at("r3-overview-saved");
    await registration.button("Nummer invullen").click();
    await registration.isAt("mobile");
    await at("r5-mobile");
    await registration.answer("mobile", 200, overview({ confirming: true, app: "none", points: points(true, true, false, false) }));
    await registration.field("mobile").fill("0612345678");
    await registration.button("Opslaan").click();
    await registration.isAt("check");
    await at("r5-mobile-check");
    await registration.button("Ja, dit klopt").click();
    await registration.isAt("confirm");
    await at("r6-confirm");

    const linking = overview({ app: "activating", points: points(true, true, true, false), activation: ACTIVATION });
    await registered(registration, linking);
    await registration.isAt("overview");
    await page.route("**/api/registration/app", (route) => route.fulfill({ json: linking }));
    await registration.button("Verder met koppelen").click();
    await registration.isAt("activation");
    await at("r7-activation-install");
    await registration.button("De app staat op mijn telefoon").click();
    await registration.sees("Stap 2 van 2");
    await at("r7-activation", { open: true });
    // Before the other answer is gone: the page looks every few seconds.
    await page.route("**/api/registration/app", (route) => route.fulfill({ json: overview({}) }));
    await registration.isAt("linked");
    await at("r8-linked");

    await registered(registration, overview({}));
    await registration.isAt("overview");
    await at("r3-overview-ready", { open: true });
    await registered(registration, overview({
        birthdate: { ...KNOWN, source: "hr", confirmed: false, usable_in: 86_400 },
        proposed_birthdate: { masked: "", since: "2026-11-20" },
        proposed_mobile: { masked: "06-•• •• •• 21", since: "2026-11-20" },
        confirming: true,
        points: points(true, false, true, true),
    }));
    await registration.isAt("overview");
    await at("r3-overview-proposals");
    await registered(registration, overview({ may_change: false, app: "locked", points: points(false, true, true, false) }));
    await registration.isAt("overview");
    await at("r3-overview-locked");
}

/** What stands there for whoever is not on an own network. */
export async function elsewhere({ page, demo, at }) {
    await page.goto(`${demo.origin}/registratie`);
    await page.getByText("Daarom kan dat alleen op je werk.").waitFor();
    await at("r0-elsewhere", { languages: ["nl"] });
}

async function staticPage({ page, demo, at }, name, path) {
    for (const language of ["nl", "en"]) {
        await page.goto(`${demo.origin}/${path}?language=${language}`);
        await page.locator(`html[lang=${language}]`).waitFor();
        await at(name, { languages: [language] });
    }
}

/** The pages without a program. */
export async function staticPages(walk) {
    await staticPage(walk, "s1-help", "hulp");
    await staticPage(walk, "s2-privacy", "privacy");
}

/** An address without a page. */
export async function notFound(walk) {
    await staticPage(walk, "s3-not-found", "nergens");
}
