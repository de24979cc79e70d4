# Writes one C++ file that holds the files below DIRECTORY: the span that admin/files.hpp promises. The assembler reads their
# bytes from where they lie, so that megabytes cost the compiler nothing.
file(GLOB_RECURSE files RELATIVE ${DIRECTORY} ${DIRECTORY}/*)
list(SORT files)
set(blocks "")
set(symbols "")
set(rows "")
set(number 0)
foreach(file IN LISTS files)
    file(SHA256 ${DIRECTORY}/${file} hash)
    string(APPEND blocks "asm(\".pushsection .rodata\\n.global page_file_${number}, page_file_${number}_end\\n\"\n"
        "    \"page_file_${number}: .incbin \\\"${DIRECTORY}/${file}\\\"\\npage_file_${number}_end:\\n.popsection\\n\");\n")
    string(APPEND symbols "extern const char page_file_${number}[], page_file_${number}_end[];\n")
    string(APPEND rows "        {\"${file}\", {page_file_${number}, page_file_${number}_end}, \"\\\"${hash}\\\"\"},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"admin/files.hpp\"\n\n#include <vector>\n\n${blocks}\nextern \"C\" {\n${symbols}}\n\n"
    "namespace dcs::admin {\n\nstd::span<const File> embedded_files() {\n    static const std::vector<File> files{\n${rows}"
    "    };\n    return files;\n}\n\n}  // namespace dcs::admin\n")
