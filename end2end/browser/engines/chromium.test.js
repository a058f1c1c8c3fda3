// Every scenario in chromium.

import { CHROMIUM } from "./engines.js";
import { everyScenario } from "./scenarios.js";

everyScenario(CHROMIUM);
