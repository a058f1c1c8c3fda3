// Every screen and state of the service desk page, for screens.js, with simulated responses.

import { AT_CODE, AT_DESK, CALLER, ServiceDesk, SIGNED_OUT, START_CODE, TRAIL } from "./service-desk.js";

const FROZEN = { ...CALLER, frozen_since: "2026-11-19T09:05:00+01:00", events: [] };
const OF_A_COLLEAGUE = { ...START_CODE, name: "B. Smits", username: "B.Smits", own: false, may_approve: true };
const EVERY_ACTION = { ...CALLER, locked: true, may_clear: true, may_activate: true };

export async function serviceDeskScreens({ page, demo, inspect }) {
    const desk = new ServiceDesk(page, demo);
    await desk.openAt(SIGNED_OUT);
    await desk.isAt("sign_in");
    await inspect("d1-sign-in");
    await desk.stub("sign_in", 403, { refusal: "not_verified", reference: "K7Q2-9F4M", attempts_left: 2 });
    await desk.field("username").fill("S.Visser");
    await desk.field("password").fill("Fiets-Regen-42!");
    await desk.button("Volgende").click();
    await desk.seesNotice("Inloggen is niet gelukt");
    await inspect("d1-sign-in-wrong");
    await desk.openAt(AT_CODE);
    await desk.isAt("code");
    await inspect("d2-code");
    await desk.stub("code", 403, { refusal: "not_verified", reference: "K7Q2-9F4M", attempts_left: 2 });
    await desk.field("code").fill("12345678");
    await desk.button("Volgende").click();
    await desk.seesNotice("Inloggen is niet gelukt");
    await inspect("d2-code-wrong");
    await desk.openAt(AT_DESK);
    await desk.isAt("desk");
    await inspect("d3-desk");
    await desk.stub("caller", 403, { refusal: "not_verified", reference: "K7Q2-9F4M", attempts_left: 4 });
    await desk.field("callCode").fill("K7Q29F");
    await desk.button("Controleer").click();
    await desk.seesNotice("Niet bewezen");
    await inspect("d3-not-proved");
    await desk.openAt({ ...AT_DESK, trail: TRAIL });
    await desk.sees("Melding K7Q2-9F4M");
    await inspect("d3-trail");
    await desk.openAt({ ...AT_DESK, lead: true, start_codes: [START_CODE, OF_A_COLLEAGUE] });
    await desk.sees("Wacht op een collega");
    await inspect("d5-start-codes");
    await desk.openAt({ ...AT_DESK, start_codes: [{ ...START_CODE, approved: true, code: "K7Q29F4P" }] });
    await desk.sees("Lees deze code alleen voor aan de medewerker zelf. Je kunt er geen wachtwoord mee instellen.");
    await inspect("d5-start-code-shown");
    await desk.stub("start_code/request", 422, { refusal: "invalid", field: "username", reason: "not_offered" });
    await desk.field("employee").fill("L.Coordinator");
    await desk.button("Vraag een startcode aan").click();
    await desk.seesNotice("Dit kan niet voor dit account");
    await inspect("d5-start-code-refused");
    await desk.openAt({ ...AT_DESK, caller: EVERY_ACTION });
    await desk.isAt("caller");
    await inspect("d4-caller");
    await desk.button("Blokkeer het account").click();
    await desk.button("Ja, blokkeer").waitFor();
    await inspect("d4-caller-freeze");
    await desk.openAt({ ...AT_DESK, lead: true, caller: CALLER, start_codes: [OF_A_COLLEAGUE] });
    await desk.button("Keur goed").waitFor();
    await inspect("d4-caller-approve");
    await desk.openAt({ ...AT_DESK, caller: FROZEN });
    await desk.isAt("caller");
    await inspect("d4-caller-frozen");
    await desk.openAt({ ...AT_DESK, lead: true, caller: { ...CALLER, done: "unfreeze" } });
    await desk.sees("De blokkade is weg.");
    await inspect("d4-caller-done");
}
