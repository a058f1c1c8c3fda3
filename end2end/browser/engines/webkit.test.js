// Every scenario in webkit.

import { WEBKIT } from "./engines.js";
import { everyScenario } from "./scenarios.js";

everyScenario(WEBKIT);
