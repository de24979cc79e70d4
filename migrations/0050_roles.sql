-- Who may do what. The migrating user owns everything; two roles that nobody logs in as hold the rest:
--   clinical_service  what the service does: everything with records, nothing with what was audited but to read it
--   clinical_reader   for analysts: reads records, their changes and the runs; no deliveries, tokens or accounts
-- Roles belong to the whole cluster: another database's migration may be making them at this moment.

create procedure ensure_role(wanted name) language plpgsql as $$
begin
    for attempt in 1..20 loop
        begin
            if exists (select from pg_roles where rolname = wanted) then return; end if;
            execute format('create role %I nologin', wanted);
            return;
        exception
            when duplicate_object or unique_violation then
                return;
            when insufficient_privilege then
                raise notice 'role % does not exist and may not be created; grant_roles() grants to it once it exists', wanted;
                return;
            when internal_error then  -- "tuple concurrently updated"
                perform pg_sleep(0.05);
        end;
    end loop;
end $$;

-- The migrating user may also be the one that the service connects as: it then takes on clinical_service by itself.
create procedure ensure_member(wanted name, member name) language plpgsql as $$
begin
    for attempt in 1..20 loop
        begin
            if not exists (select from pg_roles where rolname = wanted) or pg_has_role(member, wanted, 'member') then return; end if;
            execute format('grant %I to %I', wanted, member);
            return;
        exception
            when insufficient_privilege then
                raise notice '% could not be made a member of %', member, wanted;
                return;
            when internal_error or unique_violation then
                perform pg_sleep(0.05);
        end;
    end loop;
end $$;

call ensure_role('clinical_service');
call ensure_role('clinical_reader');
call ensure_member('clinical_service', current_user);

-- Gives `grantee` these privileges on `target` and no others; does not touch the catalog where that is so already.
create procedure grant_exactly(grantee name, target regclass, wanted text[]) language plpgsql as $$
declare
    held text[] := array(select distinct privilege_type::text
                         from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
                         where c.oid = target and r.rolname = grant_exactly.grantee);
begin
    if held @> wanted and wanted @> held then return; end if;
    if cardinality(held) > 0 then execute format('revoke all on %s from %I', target, grantee); end if;
    if cardinality(wanted) > 0 then
        execute format('grant %s on %s to %I', array_to_string(wanted, ', '), target, grantee);
    end if;
end $$;

-- What the service's role may do with a table.
create function service_privileges(target regclass) returns text[] language sql stable as $$
    select case
        when (select relispartition from pg_class where oid = target) then '{}'
        when relname in ('change_log', 'audit_seals', 'schema_migrations') then '{SELECT}'
        when relname = 'access_log' then '{SELECT,INSERT}'
        else '{SELECT,INSERT,UPDATE,DELETE}'
    end::text[]
    from pg_class where oid = target
$$;

-- What analysts may do with a table: read what is mirrored, that is recorded, and how it came.
create function reader_privileges(target regclass) returns text[] language sql stable as $$
    select case
        when relname in ('change_log', 'sync_log')
             or exists (select from pg_trigger where tgrelid = target and tgname = 'record_insert') then '{SELECT}'
        else '{}'
    end::text[]
    from pg_class where oid = target
$$;

-- Grants on all tables that there are. Migrate calls it whenever it has run, so that tables of later migrations, and roles
-- that somebody made later, are covered.
-- Functions that run as the owner and are closed to everybody are there for the service.
create procedure grant_roles() language plpgsql as $$
declare
    target    regclass;
    routine   regprocedure;
    namespace regnamespace := current_schema()::regnamespace;
    holder    name;
begin
    for holder in select rolname from pg_roles where rolname in ('clinical_service', 'clinical_reader')
                  and not has_schema_privilege(rolname, namespace, 'usage') loop
        execute format('grant usage on schema %s to %I', namespace, holder);
    end loop;
    for target in select oid from pg_class
                  where relnamespace = namespace and relkind in ('r', 'p', 'v') and pg_has_role(relowner, 'usage') loop
        if exists (select from pg_roles where rolname = 'clinical_service') then
            call grant_exactly('clinical_service', target, service_privileges(target));
        end if;
        if exists (select from pg_roles where rolname = 'clinical_reader') then
            call grant_exactly('clinical_reader', target, reader_privileges(target));
        end if;
    end loop;
    if exists (select from pg_roles where rolname = 'clinical_service') then
        for routine in select oid from pg_proc
                       where pronamespace = namespace and prosecdef and pg_has_role(proowner, 'usage')
                             and not has_function_privilege('clinical_service', oid, 'execute') loop
            execute format('grant execute on function %s to clinical_service', routine);
        end loop;
    end if;
end $$;
