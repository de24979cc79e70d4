#pragma once
// CodeCells: what the cells between bars or tabs say behind a code in one line: "F33.1|MDD|0.92", "99214 | Modifiers: 25 | Units: 1".

#include "deepcura/code_text.hpp"

namespace dcs::deepcura {

/// Moves units, modifiers and a confidence out of the description's cells; what is none of them stays. `procedure`: the code is one.
void take_cells(CodeText& code, bool procedure);

}  // namespace dcs::deepcura
