(defn main []
  (let [k 3 t (vec (range 1 1000001))]
    (reduce + (for [rep (range 1 4)]
      (reduce + 0 (filterv even? (mapv #(+ (* % k) rep) t)))))))
(println (main))
