// Every scenario in firefox.

import { FIREFOX } from "./engines.js";
import { everyScenario } from "./scenarios.js";

everyScenario(FIREFOX);
