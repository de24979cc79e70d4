# Writes migrations/NNNN_name.sql into one C++ file: the array that pg/migrate.hpp promises.
file(GLOB files ${DIRECTORY}/*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    string(REGEX REPLACE "^0*([0-9]+)_.*$" "\\1" number ${name})
    file(READ ${file} text)
    string(APPEND rows "    {${number}, \"${name}\", R\"_migration_(${text})_migration_\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"pg/migrate.hpp\"\n\n#include <array>\n\nnamespace dcs::pg {\n\nnamespace {\n\n"
    "constexpr std::array migrations{std::to_array<Migration>({\n${rows}})};\n\n}  // namespace\n\n"
    "std::span<const Migration> embedded_migrations() noexcept { return migrations; }\n\n}  // namespace dcs::pg\n")
