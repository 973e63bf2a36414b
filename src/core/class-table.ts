/**
 * The class table as `-vv` prints it at start (specification §8.2).
 */
import { ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import type { CoreFacade } from "./facade.ts";

/** Widths of the class table: id, chunk size, chunks in a page. */
const COLUMN_WIDTHS = [3, 9, 7];

export function slabClassTable(core: CoreFacade): string {
  let text = "";
  for (let id = 1; id <= core.gauge(Gauge.CLASS_LARGEST); id++) {
    const chunkSize = core.abi.classGauge(id, ClassGauge.CHUNK_SIZE);
    const perSlab = core.abi.classGauge(id, ClassGauge.CHUNKS_PER_PAGE);
    const columns = [id, chunkSize, perSlab].map((value, i) => {
      return String(value).padStart(COLUMN_WIDTHS[i]);
    });
    text += `slab class ${columns[0]}: chunk size ${columns[1]} perslab ${columns[2]}\n`;
  }
  return text;
}
